import { broken, duplicated, grouped, lost, unexplained, type Offence } from './offence';
import type { InvoiceRow, IssuedInvoice, Order, World } from './world';

const ORIGINAL = '000_ORIGIN';

/** Each completed order that wants an invoice has exactly one at the vendor, which is ours, with the order's total. */
export function judgeInvoices({ truth, records }: World): Offence[] {
  const byOrder = grouped(
    records.invoices.filter(({ origin, status }) => origin === ORIGINAL && status !== 'CANCELLED'),
    ({ orderId }) => orderId,
  );
  const issued = grouped(truth.invoices, ({ providerKey }) => providerKey);
  const known = new Set(records.invoices.map(({ providerKey }) => providerKey));
  const wanted = truth.orders.filter(({ status, hasChannel }) => status === '303_COMPLETED' && hasChannel);
  return [
    ...wanted.flatMap((order) => judgeOrder(order, byOrder.get(order.id) ?? [], issued)),
    ...truth.invoices
      .filter(({ providerKey }) => !known.has(providerKey))
      .map(({ providerKey, series, number }) =>
        lost(providerKey, `the vendor issued ${series} no. ${number}, and no invoice of ours has this key`),
      ),
    ...judgeSeries(truth.invoices),
  ];
}

function judgeOrder(
  order: Order,
  invoices: readonly InvoiceRow[],
  issued: ReadonlyMap<string, IssuedInvoice[]>,
): Offence[] {
  const [invoice] = invoices;
  if (invoice === undefined) return [lost(order.id, 'completed, and there is no invoice')];
  const atVendor = invoices.flatMap(({ providerKey }) => issued.get(providerKey ?? '') ?? []);
  const [book] = atVendor;
  if (invoices.length > 1 || atVendor.length > 1) {
    const what = `one sale, ${invoices.length} invoices of ours, ${atVendor.length} at the vendor`;
    return [duplicated(order.id, what)];
  }
  if (book === undefined)
    return [lost(order.id, `invoice ${invoice.id} is ${invoice.status}, and the vendor issued none`)];
  if (invoice.status !== 'SUCCESS')
    return [lost(order.id, `the vendor issued no. ${book.number}, invoice ${invoice.id} is ${invoice.status}`)];
  if (Number(invoice.number) !== book.number)
    return [broken(order.id, `invoice ${invoice.id} says no. ${invoice.number ?? '–'}, the vendor no. ${book.number}`)];
  return book.total === order.total && invoice.total === order.total
    ? []
    : [unexplained(order.id, book.total - order.total, `invoice ${invoice.id} has another total than the order`)];
}

/** The numbers of a series have no gap and no repetition. */
function judgeSeries(issued: readonly IssuedInvoice[]): Offence[] {
  return [...grouped(issued, ({ series }) => series)].flatMap(([series, books]) => {
    const numbers = books.map(({ number }) => number).toSorted((a, b) => a - b);
    const wrong = numbers.findIndex((number, index) => number !== index + 1);
    return wrong < 0 ? [] : [broken(series, `number ${wrong + 1} of the series is missing or doubled`)];
  });
}
