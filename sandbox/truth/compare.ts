import type { OrderFile } from '../sale/sale';
import type { IssuedInvoice } from '../vnpay-invoice/model';
import type { Members } from './ask-services';
import type { Charge } from './charges';

export type RowKind = 'match' | 'missing' | 'extra' | 'duplicate' | 'amount' | 'status';

/** One finding. `missing`: it happened and the service does not know; `extra`: the service says so and it did not happen. */
export interface TruthRow {
  readonly kind: RowKind;
  readonly area: 'payment' | 'invoice' | 'order';
  readonly key: string;
  readonly truth: Members | undefined;
  readonly service: Members | undefined;
  readonly note?: string;
}

const SUCCESS = '302_SUCCESS';

function groups<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const result = new Map<string, T[]>();
  for (const row of rows) result.set(keyOf(row), [...(result.get(keyOf(row)) ?? []), row]);
  return result;
}

interface ServiceAttempt {
  readonly transaction: Members;
  readonly attempt: Members;
}

/** The attempts that take money; a cancel or a refund is an attempt of its own kind. */
function paying(transaction: Members): Members[] {
  const attempts = (transaction['attempts'] ?? []) as Members[];
  return attempts.filter(({ type }) => type === undefined || type === '100_PAYMENT');
}

/** Whose transaction it is: services write the source flat or as an object. */
function sourceOf(transaction: Members): string {
  const source = transaction['source'] as Members | undefined;
  return String(transaction['sourceId'] ?? source?.['id']);
}

function attemptsOf(transactions: readonly Members[]): ServiceAttempt[] {
  return transactions.flatMap((transaction) => paying(transaction).map((attempt) => ({ transaction, attempt })));
}

function shown({ transaction, attempt }: ServiceAttempt): Members {
  return {
    transactionId: transaction['id'],
    transactionStatus: transaction['status'],
    attempt: attempt['uid'],
    status: attempt['status'],
    amount: attempt['amount'],
    appliedAmount: attempt['appliedAmount'],
    providerReference: attempt['providerReference'],
  };
}

function paymentRow(payment: Charge, found: ServiceAttempt | undefined): TruthRow {
  const truth = {
    provider: payment.provider,
    reference: payment.reference,
    txnId: payment.txnId,
    payee: payment.payee,
    amount: payment.amount,
  };
  const row = (kind: RowKind, note?: string): TruthRow => ({
    kind,
    area: 'payment',
    key: payment.reference,
    truth,
    service: found === undefined ? undefined : shown(found),
    ...(note === undefined ? {} : { note }),
  });
  if (found === undefined) return row('missing', 'the money was taken, no attempt has this reference');
  if (found.attempt['status'] !== SUCCESS) return row('status', 'the money was taken, the attempt is not successful');
  const applied = found.attempt['appliedAmount'] ?? found.attempt['amount'];
  if (Number(applied) === payment.amount) return row('match');
  return row('amount', Number(applied) === 0 ? 'the whole amount stands in suspense' : 'taken and applied differ');
}

/** What buyers' banks have taken, against the attempts. A second payment of one reference is a duplicate of the first. */
export function comparePayments(payments: readonly Charge[], transactions: readonly Members[]): TruthRow[] {
  const all = attemptsOf(transactions);
  const byUid = new Map(all.map((entry) => [String(entry.attempt['uid']), entry]));
  const paid = payments.filter((payment) => payment.paid);
  const rows: TruthRow[] = [];
  for (const [txnId, charged] of groups(paid, (payment) => payment.txnId)) {
    const found = byUid.get(txnId);
    const reference = found?.attempt['providerReference'];
    const first = charged.find((payment) => payment.reference === reference) ?? charged[0];
    for (const payment of charged) {
      const row = paymentRow(payment, found);
      rows.push(
        payment === first || found === undefined
          ? row
          : { ...row, kind: 'duplicate', note: 'a second payment of one reference' },
      );
    }
  }
  return [...rows, ...extraAttempts(all, paid), ...doubledAttempts(all), ...transactionSums(transactions)];
}

/** Whether a provider of the sandbox would have to know of it; cash is none of ours. */
function isOurs(attempt: Members): boolean {
  const provider = attempt['provider'] ?? attempt['paymentProvider'];
  if (provider === undefined) return Boolean(attempt['providerReference']);
  return provider === 'VNPAY_QR_MMS' || provider === 'VNPAY_GATEWAY';
}

function extraAttempts(all: readonly ServiceAttempt[], paid: readonly Charge[]): TruthRow[] {
  const charged = new Set(paid.map(({ txnId }) => txnId));
  return all
    .filter(({ attempt }) => attempt['status'] === SUCCESS && isOurs(attempt) && !charged.has(String(attempt['uid'])))
    .map((entry) => ({
      kind: 'extra',
      area: 'payment',
      key: String(entry.attempt['uid']),
      truth: undefined,
      service: shown(entry),
    }));
}

/** One provider reference on two attempts: the same money counted twice. */
function doubledAttempts(all: readonly ServiceAttempt[]): TruthRow[] {
  const successful = all.filter(
    ({ attempt }) => attempt['status'] === SUCCESS && isOurs(attempt) && attempt['providerReference'],
  );
  return [...groups(successful, ({ attempt }) => String(attempt['providerReference']))].flatMap(
    ([reference, entries]) =>
      entries.slice(1).map((entry) => ({
        kind: 'duplicate' as const,
        area: 'payment' as const,
        key: reference,
        truth: undefined,
        service: shown(entry),
        note: 'two attempts claim one payment',
      })),
  );
}

function transactionSums(transactions: readonly Members[]): TruthRow[] {
  return transactions.flatMap((transaction) => {
    const successful = paying(transaction).filter(({ status }) => status === SUCCESS);
    const sum = successful.reduce((total, attempt) => total + Number(attempt['appliedAmount'] ?? attempt['amount']), 0);
    if (sum === Number(transaction['paid'])) return [];
    const { id, status, total, paid } = transaction;
    return [
      {
        kind: 'amount' as const,
        area: 'payment' as const,
        key: String(id),
        truth: undefined,
        service: { id, status, total, paid },
        note: `its successful attempts sum to ${sum}`,
      },
    ];
  });
}

function invoiceRow(issued: IssuedInvoice, found: Members | undefined): TruthRow {
  const truth = {
    requestId: issued.requestId,
    taxCode: issued.taxCode,
    symbol: issued.symbol,
    number: issued.number,
    invoiceDate: issued.invoiceDate,
    total: issued.total,
  };
  const row = (kind: RowKind, note?: string): TruthRow => ({
    kind,
    area: 'invoice',
    key: issued.requestId,
    truth,
    service: found,
    ...(note === undefined ? {} : { note }),
  });
  if (found === undefined) return row('missing', 'issued at the vendor, no invoice has this key');
  if (found['issuanceStatus'] !== 'SUCCESS')
    return row('status', 'issued at the vendor, not successful in the service');
  if (typeof found['invoiceNumber'] === 'string' && Number(found['invoiceNumber']) !== issued.number)
    return row('status', 'other numbers');
  return Number(found['total']) === issued.total ? row('match') : row('amount', 'other totals');
}

/** What the vendor has issued, against the invoices. A second issue for one sale is a duplicate. */
export function compareInvoices(issued: readonly IssuedInvoice[], invoices: readonly Members[]): TruthRow[] {
  const byKey = new Map(invoices.map((invoice) => [String(invoice['providerKey']), invoice]));
  const released = issued.filter(({ number }) => number !== null);
  const rows: TruthRow[] = [];
  for (const [requestId, same] of groups(released, (invoice) => `${invoice.taxCode}/${invoice.requestId}`)) {
    same.forEach((invoice, index) => {
      const row = invoiceRow(invoice, byKey.get(invoice.requestId));
      rows.push(
        index === 0 ? row : { ...row, kind: 'duplicate', note: `${requestId} was issued on more than one day` },
      );
    });
  }
  const keys = new Set(released.map(({ requestId }) => requestId));
  const successful = invoices.filter((invoice) => invoice['issuanceStatus'] === 'SUCCESS');
  for (const invoice of successful.filter((row) => !keys.has(String(row['providerKey'])))) {
    rows.push({
      kind: 'extra',
      area: 'invoice',
      key: String(invoice['providerKey']),
      truth: undefined,
      service: invoice,
    });
  }
  const originals = successful.filter((row) => (row['origin'] ?? '000_ORIGIN') === '000_ORIGIN');
  for (const [sourceId, same] of groups(
    originals,
    (row) => `${String(row['merchantId'])}/${String(row['sourceId'])}`,
  )) {
    for (const invoice of same.slice(1)) {
      rows.push({
        kind: 'duplicate',
        area: 'invoice',
        key: sourceId,
        truth: undefined,
        service: invoice,
        note: 'two invoices for one sale',
      });
    }
  }
  rows.push(...overAdjusted(issued));
  return rows;
}

const seriesNumber = ({ taxCode, method }: IssuedInvoice, symbol: string, number: unknown): string =>
  `${taxCode}/${method}/${symbol}/${Number(number)}`;

/** Adjustments at the vendor that together take back more than their original said, whatever the service believes. */
function overAdjusted(issued: readonly IssuedInvoice[]): TruthRow[] {
  const adjustments = issued.filter(({ kind, number }) => kind === 'adjustment' && number !== null);
  const byOriginal = groups(adjustments, (row) => seriesNumber(row, row.original?.symbol ?? '', row.original?.number));
  return issued.flatMap((original) => {
    if (original.number === null || original.kind === 'adjustment') return [];
    const name = seriesNumber(original, original.symbol, original.number);
    const taken = (byOriginal.get(name) ?? []).reduce((sum, { total }) => sum + total, 0);
    if (original.total + taken >= 0) return [];
    const truth = { requestId: original.requestId, total: original.total, adjusted: taken };
    const note = 'its adjustments take back more than it said';
    return [
      { kind: 'amount' as const, area: 'invoice' as const, key: original.requestId, truth, service: undefined, note },
    ];
  });
}

/** What sale believes of its orders, against the transactions. */
export function compareOrders(files: readonly OrderFile[], transactions: readonly Members[]): TruthRow[] {
  const bySource = groups(transactions, sourceOf);
  return files.flatMap((file): TruthRow[] => {
    const { order } = file;
    const known = bySource.get(order.id) ?? [];
    const settled = known.find(({ status }) => status === '304_SETTLED' || status === '408_REFUNDED');
    const truth = {
      orderId: order.id,
      status: order.status,
      paid: file.paid,
      total: order.total,
      findings: file.findings,
    };
    const row = (kind: RowKind, note?: string): TruthRow[] => [
      {
        kind,
        area: 'order',
        key: order.id,
        truth,
        service: settled ?? known[0],
        ...(note === undefined ? {} : { note }),
      },
    ];
    if (order.status === '303_COMPLETED' && settled === undefined)
      return row('status', 'sale completed it, payment has not settled it');
    if (order.status !== '303_COMPLETED' && settled !== undefined)
      return row('status', 'payment settled it, sale was not told');
    if (settled === undefined) return [];
    if (Number(settled['total']) !== order.total) return row('amount', 'other totals');
    return row('match');
  });
}
