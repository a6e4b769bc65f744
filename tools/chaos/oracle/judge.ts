import { judgeCharges } from './judge-charges';
import { judgeInvoices } from './judge-invoices';
import { judgeLedger } from './judge-ledger';
import { judgeNotifications } from './judge-notifications';
import { judgeOrders } from './judge-orders';
import { judgeRefunds } from './judge-refunds';
import { judgeTaxes } from './judge-taxes';
import { judgeUnknowns } from './judge-unknowns';
import { sum, type Offence, type OffenceKind } from './offence';
import type { World } from './world';

export interface Verdict {
  readonly lost: number;
  readonly duplicated: number;
  /** Đồng. */
  readonly unexplained: number;
  readonly broken: number;
  readonly clean: boolean;
  readonly offences: readonly Offence[];
}

/** Judges a world: a pure function of what was read. */
export function judge(world: World): Verdict {
  return verdictOf([
    ...judgeCharges(world),
    ...judgeRefunds(world),
    ...judgeOrders(world),
    ...judgeInvoices(world),
    ...judgeNotifications(world),
    ...judgeLedger(world),
    ...judgeTaxes(world),
    ...judgeUnknowns(world),
  ]);
}

export function verdictOf(offences: readonly Offence[]): Verdict {
  const of = (kind: OffenceKind): Offence[] => offences.filter((offence) => offence.kind === kind);
  return {
    lost: of('LOST').length,
    duplicated: of('DUPLICATED').length,
    unexplained: sum(of('UNEXPLAINED'), ({ amount }) => amount),
    broken: of('BROKEN').length,
    clean: offences.length === 0,
    offences,
  };
}

/** The line that everybody looks for. */
export const headline = ({ lost, duplicated, unexplained }: Verdict): string =>
  `lost ${lost} · duplicated ${duplicated} · unexplained ${unexplained.toLocaleString('vi-VN')} ₫`;
