import { OVERDUE_MS } from './explain-attempt';
import { amountText, iso, type NextAction } from './sentence';
import type { InvoiceSnapshot, PaymentSnapshot } from './payment-snapshot';

export interface ExplainedInvoices {
  readonly proven: readonly string[];
  readonly evidence: readonly string[];
  readonly open: readonly string[];
  readonly next: readonly NextAction[];
}

/** What the invoice service has told of a sale's invoices: what is issued, what the others wait for, and who moves. */
export const explainInvoices = (snapshot: PaymentSnapshot, now: number): ExplainedInvoices => {
  const { transaction: t, invoices } = snapshot;
  const look = `invoice show --source-id=${t.sourceId}`;
  const open = invoices.filter(({ status }) => status !== 'SUCCESS' && status !== 'CANCELLED');
  return {
    proven: invoices.filter((invoice) => !open.includes(invoice)).map(endOf),
    evidence: invoices.length === 0 && asksForInvoice(snapshot) ? [silence(look)] : [],
    open: open.map(sentenceOf),
    next: open.map((invoice) => nextOf(invoice, look, now)),
  };
};

/** Paid for an order: invoices are made of orders, and only then. Whether its channel wants one, sale and invoice know. */
const asksForInvoice = ({ transaction: t }: PaymentSnapshot): boolean =>
  t.sourceType === 'SaleOrder' && t.paid > 0n && t.paid >= t.total;

const silence = (look: string): string =>
  `Nothing was heard of an invoice: none is wanted for its channel, or it is not made yet; ${look} tells which.`;

const KINDS: Readonly<Record<string, string>> = { '100_ADJUSTMENT': 'Adjustment', '200_REPLACEMENT': 'Replacement' };

const nameOf = ({ id, origin }: InvoiceSnapshot): string => `${KINDS[origin] ?? 'Invoice'} ${id}`;

const endOf = (invoice: InvoiceSnapshot): string => {
  const { status, at, form, symbol, number, date, total, currency } = invoice;
  if (status === 'CANCELLED') return `${nameOf(invoice)} was cancelled at ${iso(at)}.`;
  const day = date === null ? '' : ` of ${date}`;
  return (
    `${nameOf(invoice)} over ${amountText(total, currency)} is issued: form ${form}, series ${symbol}, ` +
    `number ${number ?? 'none'}${day}.`
  );
};

const sentenceOf = (invoice: InvoiceSnapshot): string => {
  const { status, at, reason, waitsFor } = invoice;
  const waits = waitsFor.length === 0 ? '' : `, waits for ${waitsFor.join(', ')}`;
  return `${nameOf(invoice)} is ${status} since ${iso(at)}${waits}${reason === null ? '' : `: ${reason}`}.`;
};

const nextOf = (invoice: InvoiceSnapshot, look: string, now: number): NextAction => {
  const name = nameOf(invoice);
  const operator = (what: string): NextAction => ({ who: 'operator', at: null, what });
  const { status, dueAt } = invoice;
  if (status === 'FAILED') return operator(`${name} was given up: ${look} says why; mend that, then invoice replay.`);
  if (status === 'UNKNOWN') {
    const what = `${name} is looked up at the provider until its outcome is proven; ${look} tells how far that is.`;
    return { who: 'worker', at: null, what };
  }
  if (invoice.waitsFor.length > 0) return operator(`${name} goes on when what it waits for is there: ${look}.`);
  if (dueAt === null) return waiterOf(invoice, name, look);
  if (now - dueAt > OVERDUE_MS) {
    return operator(`${name} was due at ${iso(dueAt)} and nothing was heard since: ${look} says why.`);
  }
  return { who: 'worker', at: dueAt, what: `The invoice service goes on with ${name}.` };
};

const waiterOf = ({ issuanceMode }: InvoiceSnapshot, name: string, look: string): NextAction => {
  if (issuanceMode === 'MANUAL') return { who: 'merchant', at: null, what: `Issue ${name}: its channel does by hand.` };
  if (issuanceMode === 'BUYER_SELF_SERVICE') {
    const what = `Claims ${name} from the receipt; unclaimed, it is issued when the time to claim is over.`;
    return { who: 'buyer', at: null, what };
  }
  return { who: 'operator', at: null, what: `${name} does not go on by itself: ${look} says why.` };
};
