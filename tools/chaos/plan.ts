import type { FaultKind } from './fault-kinds';
import { Random } from './random';
import { SANDBOX_FAULTS, type ArmedFault } from './sandbox-faults';

/** How a sale is paid, or not. */
export type SaleKind =
  'QR' | 'GATEWAY' | 'CASH' | 'SPLIT' | 'CANCEL_RACE' | 'ABANDONED' | 'PAID_TWICE' | 'WRONG_AMOUNT';

export interface SalePlan {
  readonly number: number;
  /** Since the traffic began. */
  readonly atMs: number;
  readonly kind: SaleKind;
  /** Invoice at once, invoice claimed by the buyer, or none. */
  readonly channel: 'counter' | 'receipt' | 'none';
  readonly quantity: number;
  /** How long the buyer needs. */
  readonly payAfterMs: number;
  readonly duplicateCallback: boolean;
  readonly refund: 'NONE' | 'FULL' | 'PART';
  /** On channel receipt: whether the buyer claims, else the window closes. */
  readonly claims: boolean;
}

export interface FaultPlan {
  readonly number: number;
  readonly atMs: number;
  readonly kind: FaultKind;
  /** A process, a server, or what the sandbox does wrong. */
  readonly target: string;
  readonly lastsMs: number;
  /** Where the process dies: `APP_ENV_FAIL_POINTS` of its next start. */
  readonly failPoint?: string;
  /** For the sandbox. */
  readonly arm?: readonly ArmedFault[];
}

export interface TaxChangePlan {
  readonly atMs: number;
  readonly address: string;
}

export interface Plan {
  readonly lastsMs: number;
  readonly sales: readonly SalePlan[];
  readonly faults: readonly FaultPlan[];
  readonly taxChanges: readonly TaxChangePlan[];
}

export interface PlanOptions {
  readonly minutes: number;
  readonly faults: readonly FaultKind[];
  readonly replicas: number;
}

/** Processes of the system; each runs in so many replicas, named `<role>-<n>`. */
export const ROLES = ['payment-api', 'payment-worker', 'invoice-api', 'invoice-worker', 'signal'] as const;

/** What each process passes all the time, so that an armed point is met soon. */
const FAIL_POINTS: readonly (readonly [role: (typeof ROLES)[number], step: string])[] = [
  ['payment-api', 'commit'],
  ['payment-api', 'call'],
  ['payment-api', 'answer'],
  ['payment-worker', 'commit'],
  ['payment-worker', 'call'],
  ['payment-worker', 'publish'],
  ['payment-worker', 'acknowledge'],
  ['invoice-worker', 'commit'],
  ['invoice-worker', 'call'],
  ['invoice-worker', 'publish'],
  ['invoice-worker', 'acknowledge'],
  ['signal', 'commit'],
  ['signal', 'acknowledge'],
];

const SECOND = 1_000;
/** Mean pause between two sales. */
const SALE_EVERY_MS = 900;
/** Mean pause between two faults; what one breaks is mostly mended when the next strikes, not always. */
const FAULT_EVERY_MS = 4 * SECOND;
/** Nothing breaks before the first sales are on their way, nor so late that nobody sells any more. */
const CALM_MS = { begin: 3 * SECOND, end: 8 * SECOND };

/** What a run does: a pure function of seed and options. */
export function makePlan(seed: string, options: PlanOptions): Plan {
  const lastsMs = Math.round(options.minutes * 60 * SECOND);
  return {
    lastsMs,
    sales: planSales(new Random(seed, 'sales'), lastsMs, options.faults.includes('wrong-amount')),
    faults: planFaults(new Random(seed, 'faults'), lastsMs, options),
    taxChanges: planTaxChanges(new Random(seed, 'taxes'), lastsMs),
  };
}

function planSales(random: Random, lastsMs: number, wrongAmounts: boolean): SalePlan[] {
  const kinds: SaleKind[] = ['QR', 'QR', 'QR', 'QR', 'GATEWAY', 'GATEWAY', 'CASH', 'SPLIT', 'CANCEL_RACE', 'ABANDONED'];
  if (wrongAmounts) kinds.push('PAID_TWICE', 'WRONG_AMOUNT');
  const sales: SalePlan[] = [];
  for (let atMs = 0; atMs < lastsMs; atMs += random.integer(SALE_EVERY_MS / 3, (SALE_EVERY_MS * 5) / 3)) {
    sales.push({
      number: sales.length + 1,
      atMs,
      kind: random.pick(kinds),
      channel: random.pick(['counter', 'counter', 'receipt', 'none']),
      quantity: random.integer(1, 9),
      payAfterMs: random.integer(0, 3 * SECOND),
      duplicateCallback: random.chance(0.15),
      refund: random.pick(['NONE', 'NONE', 'NONE', 'FULL', 'PART']),
      claims: random.chance(0.6),
    });
  }
  return sales;
}

/** Every kind is dealt before one comes again, as from a deck of cards. */
function planFaults(random: Random, lastsMs: number, { faults: kinds, replicas }: PlanOptions): FaultPlan[] {
  const striking = kinds.filter((kind) => kind !== 'wrong-amount');
  const faults: FaultPlan[] = [];
  if (striking.length === 0) return faults;
  let deck: FaultKind[] = [];
  for (
    let atMs = CALM_MS.begin;
    atMs < lastsMs - CALM_MS.end;
    atMs += random.integer(FAULT_EVERY_MS / 2, (FAULT_EVERY_MS * 3) / 2)
  ) {
    if (deck.length === 0) deck = random.shuffled(striking);
    const kind = deck.pop();
    if (kind !== undefined) faults.push({ number: faults.length + 1, atMs, kind, ...detail(kind, random, replicas) });
  }
  return faults;
}

function detail(
  kind: FaultKind,
  random: Random,
  replicas: number,
): Pick<FaultPlan, 'target' | 'lastsMs' | 'failPoint' | 'arm'> {
  const process = (): string => `${random.pick(ROLES)}-${random.integer(1, replicas)}`;
  switch (kind) {
    case 'kill':
      return { target: process(), lastsMs: random.integer(200, 2_000) };
    case 'fail-point': {
      const [role, step] = random.pick(FAIL_POINTS);
      const failPoint = `${role.split('-')[0] ?? ''}.${step}.${random.pick(['before', 'after'])}:*@${random.integer(1, 6)}`;
      return { target: `${role}-${random.integer(1, replicas)}`, lastsMs: random.integer(200, 1_000), failPoint };
    }
    case 'pause':
      return {
        target: process(),
        lastsMs: random.chance(0.5) ? random.integer(1, 4) * SECOND : random.integer(8, 13) * SECOND,
      };
    case 'redis-empty':
      return { target: 'redis', lastsMs: 0 };
    case 'redis-stop':
      return { target: 'redis', lastsMs: random.integer(500, 4_000) };
    case 'kafka-stop':
      return { target: 'kafka', lastsMs: random.integer(1_000, 5_000) };
    case 'postgres-stop':
      return { target: 'postgres', lastsMs: random.integer(500, 4_000) };
    case 'cut':
      return { target: random.pick(['postgres', 'postgres', 'redis', 'kafka']), lastsMs: 0 };
    case 'silence':
      return { target: random.pick(['postgres', 'redis', 'kafka']), lastsMs: random.integer(2, 8) * SECOND };
    default: {
      const { name, arm } = random.pick(SANDBOX_FAULTS.filter((fault) => fault.kind === kind));
      return { target: name, lastsMs: random.integer(4, 10) * SECOND, arm };
    }
  }
}

function planTaxChanges(random: Random, lastsMs: number): TaxChangePlan[] {
  const changes: TaxChangePlan[] = [];
  for (let atMs = random.integer(5, 15) * SECOND; atMs < lastsMs; atMs += random.integer(10, 30) * SECOND)
    changes.push({ atMs, address: `${random.integer(1, 999)} Phố Huế, phường Hai Bà Trưng, Hà Nội` });
  return changes;
}
