import type { FastifyInstance } from 'fastify';
import type { Sandbox } from '../sandbox';
import { Reader } from '../shared/reader';
import { askInvoice, askPayment, type Asked } from './ask-services';
import { charges } from './charges';
import { compareInvoices, compareOrders, comparePayments, type RowKind, type TruthRow } from './compare';

const WHOLE_NUMBERS = [
  'callbackTries',
  'callbackRetryMs',
  'callbackTimeoutMs',
  'gatewayIpnTries',
  'gatewayIpnRetryMs',
  'gatewayQueryPauseMs',
  'gatewayRefundMs',
  'invoiceTokenLifetimeMs',
] as const;
const KINDS: readonly RowKind[] = ['match', 'missing', 'extra', 'duplicate', 'amount', 'status'];

/** All merchants that the sandbox has ever heard of: a service is asked for each of them. */
function merchantIds(sandbox: Sandbox): string[] {
  const ids = [
    ...sandbox.sale.all().map(({ order }) => order.merchantId),
    ...sandbox.qrMms.allMerchants().map(({ merchantId }) => merchantId),
    ...sandbox.gateway.allTerminals().map(({ merchantId }) => merchantId),
    ...sandbox.invoices.allClients().map(({ merchantId }) => merchantId),
    ...sandbox.merchants.all().map(({ id }) => id),
  ];
  return [...new Set(ids.filter((id): id is string => id !== undefined))];
}

function summary(rows: readonly TruthRow[], area: TruthRow['area']): Record<string, number> {
  const own = rows.filter((row) => row.area === area);
  return Object.fromEntries(KINDS.map((kind) => [kind, own.filter((row) => row.kind === kind).length]));
}

function state(asked: Asked): object {
  return { url: asked.url ?? null, answered: asked.answered, problem: asked.problem ?? null, rows: asked.rows.length };
}

export function truthRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  app.get<{ Querystring: Record<string, string> }>('/truth', async (request) => {
    const only = request.query['merchantId'];
    const ids = only === undefined ? merchantIds(sandbox) : [only];
    const ofMerchant = <T>(rows: T[], idOf: (row: T) => string | undefined): T[] =>
      only === undefined ? rows : rows.filter((row) => idOf(row) === only);
    const sellers = new Map(sandbox.invoices.allClients().map((client) => [client.taxCode, client.merchantId]));
    const payments = ofMerchant(charges(sandbox), (row) => row.merchantId);
    const issued = ofMerchant(sandbox.invoices.all(), (row) => sellers.get(row.taxCode));
    const orders = ofMerchant(sandbox.sale.all(), (row) => row.order.merchantId);
    const [payment, invoice] = await Promise.all([askPayment(sandbox, ids), askInvoice(sandbox, ids)]);
    const rows = [
      ...(payment.answered ? [...comparePayments(payments, payment.rows), ...compareOrders(orders, payment.rows)] : []),
      ...(invoice.answered ? compareInvoices(issued, invoice.rows) : []),
    ];
    const clean = payment.answered && invoice.answered && rows.every(({ kind }) => kind === 'match');
    return {
      clean,
      services: { payment: state(payment), invoice: state(invoice) },
      truth: { payments: payments.length, invoices: issued.length, orders: orders.length, merchants: ids },
      summary: {
        payment: summary(rows, 'payment'),
        invoice: summary(rows, 'invoice'),
        order: summary(rows, 'order'),
      },
      rows: request.query['all'] === 'false' ? rows.filter(({ kind }) => kind !== 'match') : rows,
    };
  });

  app.get('/settings', async () => sandbox.runtime);
  app.put('/settings', async (request) => {
    const read = new Reader(request.body);
    const { runtime } = sandbox;
    for (const name of ['paymentUrl', 'invoiceUrl', 'signalUrl'] as const) {
      if (read.has(name)) runtime[name] = read.text(name);
    }
    for (const name of WHOLE_NUMBERS) {
      if (read.has(name)) runtime[name] = read.integer(name);
    }
    if (read.has('invoiceRefusesUnknownMembers'))
      runtime.invoiceRefusesUnknownMembers = read.flag('invoiceRefusesUnknownMembers');
    if (read.raw('encryptedClaims') === false) runtime.encryptedClaims = undefined;
    else if (read.has('encryptedClaims'))
      runtime.encryptedClaims = read.oneOf('encryptedClaims', ['cbc', 'gcm'] as const);
    return runtime;
  });
}
