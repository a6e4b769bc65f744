import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import QRCode from 'qrcode';
import { build } from './build.mjs';
import { readJournals, journalText } from './demo/journal.mjs';
import { waitFor } from './demo/http.mjs';
import { makeDemoSecrets, seedMerchant, taxDataKnown } from './demo/merchant.mjs';
import { openKitScreen } from './demo/kit-screen.mjs';
import { Progress, table } from './demo/progress.mjs';
import { Till } from './demo/sale.mjs';
import { connectStream } from './demo/stream.mjs';
import { LOCAL, localPath } from './infra/paths.mjs';
import { readJson, writeJson } from './infra/store.mjs';

const USAGE = `usage: node tools/first-sale.mjs [--json] [--endpoints <file>]
  Makes one sale on the running system (npm start), from the order to the decrypted push, and prints its trail.
  The exit code is 0 only when every step of it was seen. A further run makes a further sale.
  --json        the trail as JSON, nothing else
  --endpoints   where the system runs (default: $ENDPOINTS, else .local/endpoints.json)`;

const STAFF = ['cashier', 'owner', 'employee'];
const NOTIFICATION = 'observation/signal/notification/created';

/** Base URLs of the services as the demo uses them. */
export function urlsOf(endpoints) {
  const baseOf = (service) => {
    const found = endpoints.processes?.find((child) => child.service === service && child.mode !== 'worker');
    if (!found) throw new Error(`no process of ${service} that answers requests`);
    return found.baseUrl;
  };
  return {
    sandbox: endpoints.sandbox,
    payment: baseOf('payment'),
    invoice: baseOf('invoice'),
    signal: baseOf('signal'),
    stream: endpoints.signal,
    ...(endpoints.inside && { inside: endpoints.inside }),
  };
}

/** The demo's secrets of this clone, made once: services keep theirs from one start to the next. */
function demoSecrets() {
  const file = localPath('demo.json');
  const secrets = { ...makeDemoSecrets(), ...readJson(file, {}) };
  writeJson(file, secrets);
  return secrets;
}

/** One sale with everybody watching. Returns what each step left behind; throws at the first that is missing. */
export async function makeSale(endpoints, { progress, secrets, showQr = async () => {} }) {
  const urls = urlsOf(endpoints);
  const merchant = await progress.step(
    'demo merchant',
    () => seedMerchant(urls, secrets),
    (m) => m.merchantId,
  );
  await progress.step(
    'tax data from commerce (CDC)',
    () => taxDataKnown(urls, merchant),
    (tax) => tax.taxCode,
  );
  const till = new Till(urls, merchant);
  const screens = await progress.step('POS and admin connected, encrypted', () => openScreens(urls, merchant));
  try {
    const order = await progress.step(
      'order in sale',
      () => till.order({ channel: merchant.channels.counter }),
      ({ number, total }) => `${number}, ${total} ₫`,
    );
    const checkout = await progress.step(
      'checkout, QR of VNPAY',
      () => till.checkout(order),
      ({ attempt }) => attempt.uid,
    );
    screens.pos.join([`payment/transactions/${checkout.transaction.id}`]);
    await showQr(checkout.payment.qrCode);
    const bought = await progress.step(
      'buyer pays, VNPAY calls back',
      () => till.pay(checkout),
      ({ payment }) => payment.qrTrace,
    );
    return {
      urls,
      merchant,
      order,
      checkout,
      bought,
      ...(await follow(endpoints, till, screens, { order, checkout }, progress)),
    };
  } finally {
    screens.pos.close();
    screens.admin.close();
  }
}

/** A till that was written from the protocol alone, and a screen with the client kit. */
async function openScreens(urls, { merchantId, staff }) {
  const [pos, admin] = await Promise.all([
    connectStream(urls.stream, staff.cashier.token, { rooms: [`payment/merchants/${merchantId}`] }),
    openKitScreen(urls.stream, staff.owner.token, { rooms: [`invoice/merchants/${merchantId}`] }),
  ]);
  return { pos, admin };
}

/** What has to follow from the payment, everywhere. */
async function follow(endpoints, till, { pos, admin }, { order, checkout }, progress) {
  const { id } = checkout.transaction;
  const isOrder = ({ data }) => data?.notification?.data?.transactionId === id;
  const transaction = await progress.step(
    'payment proven, transaction settled',
    () => till.transaction(id, '304_SETTLED'),
    ({ paid }) => `${paid} ₫`,
  );
  const journals = await progress.step(
    'ledger journal',
    () => journalsOf(endpoints, id),
    (rows) => journalText(rows[0]),
  );
  const delivery = await progress.step(
    'webhook to sale, signed',
    () => till.delivered(id, 'mq-pay:transaction.settled'),
    (row) => `try ${row.tries}, sequence ${row.sequence}`,
  );
  const file = await progress.step(
    'order completed',
    () => till.orderIn(order.id, '303_COMPLETED'),
    (f) => f.order.status,
  );
  const invoice = await progress.step(
    'e-invoice issued',
    () => till.invoice(order.id),
    (row) => `${row.invoiceSymbol} no. ${row.invoiceNumber}`,
  );
  const notifications = await progress.step(
    'a notification for each recipient',
    () => notificationsOf(till, id),
    (rows) => `${Object.keys(rows).length} recipients`,
  );
  const pushes = await progress.step(
    'decrypted pushes',
    () => pushesOf({ pos, admin }, isOrder, invoice),
    (rows) => rows.map(({ screen }) => screen).join(', '),
  );
  return { transaction, journals, delivery, file, invoice, notifications, pushes };
}

const journalsOf = (endpoints, transactionId) =>
  waitFor('a journal of the transaction', async () => {
    const rows = await readJournals(endpoints.database, transactionId);
    return rows.length > 0 ? rows : null;
  });

async function notificationsOf(till, transactionId) {
  const found = {};
  for (const person of STAFF)
    found[person] = await till.notification(
      person,
      'PAYMENT_SUCCESS',
      (row) => row.data?.transactionId === transactionId,
    );
  return found;
}

/** Each screen must have got its own pushes, and nothing but the handshake in clear. */
async function pushesOf({ pos, admin }, isOrder, invoice) {
  const isBell = (push) => push.topic === NOTIFICATION && isOrder(push);
  const isPaid = ({ topic }) => topic === 'observation/payment/transaction/settled';
  const isInvoice = ({ topic, data }) =>
    topic === 'observation/invoice/invoice/success' && data?.invoice?.id === invoice.id;
  const wanted = [
    ['POS', pos, 'bell', isBell],
    ['POS', pos, 'payment', isPaid],
    ['admin', admin, 'bell', isBell],
    ['admin', admin, 'invoice', isInvoice],
  ];
  const rows = [];
  for (const [screen, stream, what, fits] of wanted) {
    const push = await stream.expect(`${what} push at the ${screen}`, fits, { timeoutMs: 15_000 });
    rows.push({ screen, topic: push.topic, data: push.data });
  }
  for (const stream of [pos, admin]) {
    const clear = stream.clear.filter(({ event }) => event !== 'connected');
    if (clear.length > 0) throw new Error(`frames in clear: ${JSON.stringify(clear)}`);
  }
  return rows;
}

function trailOf(sale, steps) {
  const { transaction, delivery, file, invoice, notifications, pushes, checkout } = sale;
  const attempt = transaction.attempts.find(({ id }) => id === checkout.attempt.id);
  return {
    transaction: { id: transaction.id, uid: transaction.uid, status: transaction.status, paid: transaction.paid },
    attempt: { id: attempt.id, uid: attempt.uid, status: attempt.status, providerReference: attempt.providerReference },
    journals: sale.journals,
    webhookDelivery: { id: delivery.id, eventType: delivery.eventType, status: delivery.status, tries: delivery.tries },
    order: { id: file.order.id, number: file.order.number, status: file.order.status },
    invoice: {
      id: invoice.id,
      symbol: invoice.invoiceSymbol,
      number: invoice.invoiceNumber,
      lookupCode: invoice.lookupCode,
      status: invoice.issuanceStatus,
    },
    notifications: Object.fromEntries(Object.entries(notifications).map(([person, row]) => [person, row.id])),
    pushes,
    steps,
  };
}

function rowsOf(trail) {
  const { transaction, attempt, order, invoice, webhookDelivery } = trail;
  const short = (data) =>
    JSON.stringify(data).length > 64 ? `${JSON.stringify(data).slice(0, 63)}…` : JSON.stringify(data);
  return [
    ['transaction', `${transaction.id}  ${transaction.uid}  ${transaction.status}`],
    ['attempt', `${attempt.id}  ${attempt.uid}  ${attempt.status}  VNPAY ${attempt.providerReference}`],
    ...trail.journals.map((journal) => ['journal', `${journal.id}  ${journalText(journal)}`]),
    ['webhook delivery', `${webhookDelivery.id}  ${webhookDelivery.eventType}  ${webhookDelivery.status}`],
    ['order', `${order.id}  ${order.number}  ${order.status}`],
    ['invoice', `${invoice.id}  ${invoice.symbol} no. ${invoice.number}  look-up ${invoice.lookupCode ?? '–'}`],
    ...Object.entries(trail.notifications).map(([person, id]) => ['notification', `${id}  ${person}`]),
    ...trail.pushes.map(({ screen, topic, data }) => [
      `push at ${screen}`,
      `${topic.replace('observation/', '')} ${short(data)}`,
    ]),
  ];
}

async function main(args) {
  const json = args.includes('--json');
  const at = args.indexOf('--endpoints');
  const file = (at >= 0 && args[at + 1]) || process.env.ENDPOINTS || join(LOCAL, 'endpoints.json');
  if (!existsSync(file)) {
    process.stderr.write(`Nothing runs (${file} is missing). Start it: npm start\n`);
    return 1;
  }
  // One of the screens has the client kit of dist.
  await build();
  const endpoints = readJson(file, null);
  const progress = new Progress(process.stdout, { silent: json });
  const showQr = async (content) => {
    if (progress.live) progress.say(await QRCode.toString(content, { type: 'terminal', small: true }));
  };
  progress.say('\nThe first sale');
  const begin = performance.now();
  try {
    const sale = await makeSale(endpoints, { progress, secrets: demoSecrets(), showQr });
    const trail = { ...trailOf(sale, progress.steps), ms: Math.round(performance.now() - begin) };
    if (json) process.stdout.write(`${JSON.stringify(trail, null, 2)}\n`);
    else progress.say(`\n${table(`sale in ${trail.ms} ms`, rowsOf(trail))}`);
    return 0;
  } catch (error) {
    if (json)
      process.stdout.write(
        `${JSON.stringify({ failed: error.step ?? null, error: error.message, steps: progress.steps })}\n`,
      );
    process.stderr.write(`\nThe sale stopped at: ${error.step ?? 'the start'}\n  ${error.message}\n`);
    process.stderr.write(`Logs: ${endpoints.processes.map(({ logFile }) => logFile).join(' ')}\n`);
    return 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const args = process.argv.slice(2);
  if (args.includes('--help')) process.stdout.write(`${USAGE}\n`);
  else process.exit(await main(args));
}
