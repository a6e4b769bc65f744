import { broken, duplicated, grouped, lost, unexplained, type Offence } from './offence';
import type { Order, TransactionRow, World } from './world';

const COMPLETED = '303_COMPLETED';
const CANCELLED = '505_CANCELLED';

/** Sale was told of each settled and each cancelled sale, in order, and of nothing that did not happen. */
export function judgeOrders({ truth, records }: World): Offence[] {
  const byOrder = grouped(records.transactions, ({ orderId }) => orderId);
  return truth.orders.flatMap((order) => judgeOrder(order, byOrder.get(order.id) ?? []));
}

function judgeOrder(order: Order, transactions: readonly TransactionRow[]): Offence[] {
  const settled = transactions.filter((row) => row.settled);
  const [first] = settled;
  const findings = order.findings.map((finding) => broken(order.id, `sale noticed: ${finding}`, transactions[0]?.id));
  if (settled.length > 1)
    return [...findings, duplicated(order.id, `settled by ${settled.length} transactions`, first?.id)];
  if (first === undefined) return [...findings, ...judgeUnpaid(order, transactions)];
  if (order.status !== COMPLETED)
    return [...findings, lost(order.id, `settled, and sale believes ${order.status}`, first.id)];
  if (first.total !== order.total)
    findings.push(unexplained(order.id, first.total - order.total, 'settled with another total', first.id));
  return findings;
}

function judgeUnpaid(order: Order, transactions: readonly TransactionRow[]): Offence[] {
  if (order.status === COMPLETED) return [lost(order.id, 'sale completed it, and nothing is settled')];
  const last = transactions.at(-1);
  const isCancelled = last !== undefined && transactions.every(({ status }) => status === CANCELLED);
  return isCancelled && order.status !== CANCELLED
    ? [lost(order.id, `cancelled, and sale believes ${order.status}`, last.id)]
    : [];
}
