import { expect, it } from 'vitest';
import { waitFor } from '../../../tools/demo/http.mjs';
import type { Push, Stream } from '../../../tools/demo/stream.mjs';
import { readJournals } from '../../../tools/demo/journal.mjs';
import { marked, type Shop } from '../support/world';

const BELL = 'observation/signal/notification/created';
const STAFF = ['owner', 'cashier', 'employee'] as const;

interface Entry {
  readonly kind: string;
  readonly what: string;
  readonly detail: Record<string, unknown>;
}

/** Everything after the handshake is sealed: what a screen can read is nowhere in what came over the wire. */
function expectSealed(stream: Stream, words: readonly string[]): void {
  expect(stream.clear.map(({ event }) => event)).toEqual(['connected']);
  expect(stream.pushes.length).toBeGreaterThan(0);
  for (const word of words) {
    expect(stream.wire.some((frame) => frame.includes(word))).toBe(false);
    expect(JSON.stringify(stream.pushes)).toContain(word);
  }
}

export function saleScenarios(shop: () => Shop): void {
  it('makes one sale from the order to the invoice, and everybody sees it, encrypted, on both signals', async () => {
    const { till, world, merchant, screen } = shop();
    const rooms = [`payment/merchants/${merchant.merchantId}`, `invoice/merchants/${merchant.merchantId}`];
    const screens = {
      pos: await screen('cashier', 'signal-1', rooms),
      secondPos: await screen('cashier', 'signal-2', rooms),
      admin: await screen('owner', 'signal-2', rooms),
      adminPhone: await screen('owner', 'signal-1', rooms),
    };
    const order = await till.order({ channel: merchant.channels.counter });
    const checkout = await till.checkout(order);
    const { id } = checkout.transaction;
    const { payment, callbacks } = await till.pay(checkout);
    expect(callbacks).toMatchObject([{ answer: { code: '00' } }]);

    const transaction = await till.transaction(id, '304_SETTLED');
    expect(transaction).toMatchObject({
      paid: order.total,
      due: 0,
      attempts: [{ status: '302_SUCCESS', providerReference: payment.qrTrace, appliedAmount: order.total }],
    });
    const { database } = world.system.describe() as { database: { adminUrl: string; name: string } };
    expect(await readJournals(database, id)).toMatchObject([
      {
        entries: [
          { account: 'PROVIDER_RECEIVABLE', side: 'DEBIT', amount: order.total },
          { account: 'MERCHANT_OWN', side: 'CREDIT', amount: order.total },
        ],
      },
    ]);
    await till.delivered(id, 'mq-pay:transaction.settled');
    const file = await till.orderIn(order.id, '303_COMPLETED');
    expect(file).toMatchObject({ findings: [], transactionId: id });

    const invoice = await till.invoice(order.id);
    const { data: books } = await till.sandbox.get('/vnpay-invoice/invoices');
    const issued = books.filter(({ requestId }: { requestId: string }) => requestId === invoice.providerKey);
    expect(issued).toHaveLength(1);
    expect(Number(invoice.invoiceNumber)).toBe(issued[0].number);
    expect(issued[0].total).toBe(order.total);

    const events: string[] = [];
    for (const person of STAFF) {
      const paid = await till.notification(person, 'PAYMENT_SUCCESS', (row) => row.data?.transactionId === id);
      const bill = await till.notification(person, 'INVOICE_ISSUED', (row) => row.data?.invoiceId === invoice.id);
      events.push(paid.id, bill.id);
    }
    expect(new Set(events).size).toBe(STAFF.length * 2);
    const rings = ({ topic, data }: Push): boolean => topic === BELL && data?.notification?.data?.transactionId === id;
    const paid = ({ topic, data }: Push): boolean =>
      topic === 'observation/payment/transaction/settled' && data?.transaction?.id === id;
    const bill = ({ topic, data }: Push): boolean =>
      topic === 'observation/invoice/invoice/success' && data?.invoice?.id === invoice.id;
    for (const [name, stream] of Object.entries(screens)) {
      await stream.expect(`bell at ${name}`, rings);
      await stream.expect(`payment at ${name}`, paid);
      await stream.expect(`invoice at ${name}`, bill);
      expect(stream.pushes.filter(rings)).toHaveLength(1);
      expect(stream.pushes.filter(paid)).toHaveLength(1);
      expectSealed(stream, [id, invoice.id]);
      stream.close();
    }

    const timeline = await waitFor('the timeline of the payment to come to its end', async (note) => {
      const { data } = await till.owner.get(`/transactions/${id}/timeline`);
      note(data.at(-1));
      const isToldAll = data.every(({ kind, detail }: Entry) => kind !== 'PUSH' || detail['waiting'] === false);
      return isToldAll && data.at(-1).what === 'invoice.success' ? (data as Entry[]) : null;
    });
    const { invoiceNumber: number, invoiceSymbol: symbol } = invoice;
    expect(timeline.at(-1)).toMatchObject({
      kind: 'INVOICE',
      detail: { invoiceId: invoice.id, status: 'SUCCESS', number, symbol, total: order.total },
    });
    const pushes = timeline.filter(({ kind, what }) => kind === 'PUSH' && /settled|PAYMENT_SUCCESS/.test(what));
    expect(pushes.map(({ detail }) => detail['channel']).toSorted()).toEqual(['PEOPLE', 'SCREENS']);
  });

  it('stores one notification for each recipient however often the record comes', async () => {
    const { till, world, merchant } = shop();
    const eventId = marked('event');
    const { merchantId, organizerId, staff } = merchant;
    const record = {
      eventType: 'PAYMENT_SUCCESS',
      recipientScope: 'merchant',
      actorId: staff.cashier.userId,
      actor: { id: staff.cashier.userId, name: 'cashier', type: 'USER' },
      organizerId,
      merchantId,
      data: { transactionId: eventId, orderNumber: 'SO-TWICE', amount: 1_000, currency: 'VND' },
      eventId,
      version: 1,
    };
    const phone = await shop().screen('employee', 'signal-2');
    await world.produce('signal.activity-notification', merchantId, [record, record, record]);
    const mine = (row: { data?: { transactionId?: string } }): boolean => row?.data?.transactionId === eventId;
    for (const person of STAFF) await till.notification(person, 'PAYMENT_SUCCESS', mine);
    await world.produce('signal.activity-notification', merchantId, [record]);
    const last = marked('event');
    await world.produce('signal.activity-notification', merchantId, [
      { ...record, eventId: last, data: { ...record.data, transactionId: last } },
    ]);
    // The key's order: when the last one is there, the copies before it were looked at.
    await phone.expect(
      'the last push',
      ({ topic, data }) => topic === BELL && data?.notification?.data?.transactionId === last,
    );
    for (const person of STAFF) expect((await till.inbox(person, '?limit=100')).filter(mine)).toHaveLength(1);
    expect(phone.pushes.filter(({ topic, data }) => topic === BELL && mine(data?.notification))).toHaveLength(1);
    const rows = await world.sql(`SELECT id FROM signal."ActivityNotification" WHERE event_id = $1`, [eventId]);
    expect(rows).toHaveLength(STAFF.length);
    phone.close();
  });

  it('lets members into the room of one payment, and nobody into those of another merchant', async () => {
    const { till, merchant, world } = shop();
    const { token } = await till.sandbox.post('/identity/tokens', { persona: 'outsider' });
    const { connectStream } = await import('../../../tools/demo/stream.mjs');
    const rooms = [`payment/merchants/${merchant.merchantId}`, `signal/notification/${merchant.staff.owner.userId}`];
    const stranger = await connectStream(world.process('signal-1').url, token, { rooms });
    const witness = await shop().screen('cashier', 'signal-1', rooms);
    const order = await till.order();
    const { transaction, attempt } = await till.checkout(order, { provider: 'SYSTEM', method: '000_CASH' });
    const room = `payment/transactions/${transaction.id}`;
    // From elsewhere than its own machine payment answers signal's kind of token, and no other's.
    const { token: service } = await till.sandbox.post('/identity/tokens', { persona: 'service' });
    const owner = (bearer: string): Promise<Response> =>
      fetch(new URL(`/internal/api/rooms?name=${encodeURIComponent(room)}`, world.urls.payment), {
        headers: { authorization: `Bearer ${bearer}`, 'x-forwarded-for': '203.0.113.7' },
      });
    expect(await (await owner(service)).json()).toMatchObject({ merchantId: merchant.merchantId });
    expect([(await owner(token)).status, (await owner('broken')).status]).toEqual([403, 401]);
    // That it is `forbidden` and not `unavailable` shows that payment was asked.
    expect((await stranger.ask('join', { rooms: [room] })).refused).toEqual([{ room, reason: 'forbidden' }]);
    const onlooker = await shop().screen('employee', 'signal-2');
    expect(await onlooker.ask('join', { rooms: [room] })).toMatchObject({ joined: [room], refused: [] });
    await till.receive(attempt, order.total);
    await onlooker.expect(
      'the settled push in the room of the payment alone',
      ({ topic, data }) =>
        topic === 'observation/payment/transaction/settled' && data?.transaction?.id === transaction.id,
    );
    onlooker.close();
    await witness.expect('the settled push', ({ topic }) => topic === 'observation/payment/transaction/settled');
    await till.notification('cashier', 'PAYMENT_SUCCESS', (row) => row.data?.transactionId === transaction.id);
    expect(stranger.pushes.map(({ topic }) => topic)).toEqual(['join']);
    const foreign = await till.cashier.send('GET', `/transactions/${transaction.id}`, undefined, {
      authorization: `Bearer ${token}`,
    });
    expect(foreign.status).toBe(403);
    stranger.close();
    witness.close();
  });
}
