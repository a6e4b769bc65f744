import { parseSymbol, vietnamDate, type CorrectionCause, type LegalSituation, type LegalState } from '@nx/e-invoice';
import type { Invoice } from '../invoices/invoice';

/** An invoice with the adjustments and the replacement of it that stand, the first one first. */
export interface Standing {
  readonly invoice: Invoice;
  /** None of them is cancelled; some may not be issued yet. */
  readonly corrections: readonly Invoice[];
}

/** The replacement that was issued or is on its way. */
export const replacementOf = ({ corrections }: Standing): Invoice | undefined =>
  corrections.find(({ origin }) => origin === '200_REPLACEMENT');

/** Where an invoice stands for the law. */
export function legalStateOf(standing: Standing): LegalState {
  const { invoice } = standing;
  switch (invoice.status) {
    case 'PENDING':
    case 'FAILED':
      return 'QUEUED';
    case 'PROCESSING':
    case 'UNKNOWN':
      return 'UNKNOWN';
    case 'CANCELLED':
      return 'CANCELLED';
    case 'SUCCESS':
      break;
  }
  if (replacementOf(standing)?.status === 'SUCCESS') return 'REPLACED';
  if (invoice.authorityStatus === 'REJECTED') return 'REFUSED';
  const waits = invoice.hasCqtCode && invoice.authorityStatus === 'PENDING' && letterOf(invoice) !== 'M';
  return waits ? 'AWAITING_CODE' : 'ISSUED';
}

/** How the first error of this invoice was corrected: the law wants the second one corrected alike. */
function firstMethodOf({ invoice, corrections }: Standing): 'ADJUST' | 'REPLACE' | undefined {
  const errors = [invoice, ...corrections].map(({ correction }) => correction);
  return errors.find((correction) => correction?.cause === 'MATERIAL_ERROR')?.action;
}

/** What the law's table needs to know. `now` in ms picks the law. */
export function situationOf(standing: Standing, cause: CorrectionCause | undefined, now: number): LegalSituation {
  const { invoice } = standing;
  return {
    state: legalStateOf(standing),
    letter: letterOf(invoice),
    hasCqtCode: invoice.hasCqtCode,
    date: vietnamDate(new Date(now)),
    cause,
    firstMethod: firstMethodOf(standing),
    buyerKind: invoice.buyer?.kind,
  };
}

function letterOf({ id, invoiceSymbol }: Invoice): LegalSituation['letter'] {
  const symbol = parseSymbol(invoiceSymbol);
  // The symbol was checked when its configuration was saved.
  if (symbol === undefined) throw new Error(`invoice ${id} has no readable symbol`);
  return symbol.letter;
}
