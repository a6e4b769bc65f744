import { createHmac } from 'node:crypto';
import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckoutAnswer } from '../checkout/checkout.dto';
import { GatewayPeer } from '../testing/gateway-peer.fixture';
import { BASE, PaymentWorld, type Answer, type Shop } from '../testing/payment-world.fixture';
import type { AttemptView } from '../transactions/transaction.view';

let world: PaymentWorld;
const peers: GatewayPeer[] = [];
beforeAll(async () => {
  world = await PaymentWorld.start();
});
afterAll(async () => {
  await world.stop();
  await Promise.all(peers.map((peer) => peer.stop()));
});

const open = async (change: object = {}): Promise<{ peer: GatewayPeer; shop: Shop }> => {
  const peer = await GatewayPeer.start();
  peers.push(peer);
  const shop = await world.shop(null);
  await peer.connect(world, shop, change);
  return { peer, shop };
};
const checkout = async (shop: Shop, change: object = {}): Promise<CheckoutAnswer & { payment: { payUrl: string } }> => {
  const answer = await world.checkout(shop, { provider: 'VNPAY_GATEWAY', method: '300_GATEWAY', ...change });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body;
};
const ipn = async (query: string): Promise<string> =>
  (await world.call('GET', `${BASE}/vnpay/gateway/ipn?${query}`)).body.RspCode;
const back = (query: string): Promise<Answer> => world.call('GET', `${BASE}/vnpay/gateway/return?${query}`);
const attemptOf = async (shop: Shop, transactionId: string): Promise<AttemptView | undefined> =>
  (await world.transaction(shop, transactionId)).attempts[0];

describe('a checkout over the gateway', () => {
  it('is one statement that answers with a signed pay link, the same for a retry', async () => {
    const { peer, shop } = await open();
    const body = { provider: 'VNPAY_GATEWAY', method: '300_GATEWAY', sourceId: 'S-gateway' };
    const { attempt, payment, transaction } = await checkout(shop, body);
    expect(attempt).toMatchObject({ status: '204_SENT', provider: 'VNPAY_GATEWAY' });
    const link = new URL(payment.payUrl);
    const signed = link.search.slice(1, link.search.indexOf('&vnp_SecureHash='));
    expect(link.searchParams.get('vnp_SecureHash')).toBe(
      createHmac('sha512', peer.secret).update(signed).digest('hex'),
    );
    expect(link.searchParams.get('vnp_Amount')).toBe('10000000');
    expect(link.searchParams.get('vnp_TxnRef')).toBe(attempt.uid);
    const again = await world.checkout(shop, body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body.payment.payUrl).toBe(payment.payUrl);
    expect(peer.asked).toHaveLength(0);
    const operations = await world.sql('SELECT 1 FROM "ProviderOperation" WHERE transaction_id = $1', [transaction.id]);
    expect(operations).toHaveLength(0);
  });

  it('holds to the window of the merchant, and refuses what nobody can prove', async () => {
    const { shop } = await open({ minimumAmount: 200_000 });
    const small = await world.checkout(shop, { provider: 'VNPAY_GATEWAY', method: '300_GATEWAY' });
    expect(small).toMatchObject({ status: 422, body: { code: 'payment.amount.out_of_window' } });
    const transfer = await world.checkout(shop, { provider: 'VIETQR', method: '100_QR_CODE' });
    expect(transfer).toMatchObject({ status: 422, body: { code: 'payment.provider.not_supported' } });
  });
});

describe('the IPN of the gateway', () => {
  it('settles once, answers in the order of the acceptance test, and repeats its answers', async () => {
    const { peer, shop } = await open();
    const { payment, transaction } = await checkout(shop);
    // A number that Luhn's check takes for a card's.
    const paid = peer.notice(payment.payUrl, { vnp_TransactionNo: '4222222222222' });
    expect(await ipn(peer.notice(payment.payUrl, {}, 'another secret'))).toBe('97');
    expect(await ipn(peer.notice(payment.payUrl, { vnp_TxnRef: 'ATTNOBODY000000' }))).toBe('01');
    const failed = { vnp_ResponseCode: '24', vnp_TransactionStatus: '02', vnp_Amount: '100' };
    expect(await ipn(peer.notice(payment.payUrl, failed))).toBe('04');
    expect(await ipn(paid)).toBe('00');
    await world.processed(shop);
    expect(await ipn(paid)).toBe('02');
    expect(await world.transaction(shop, transaction.id)).toMatchObject({ status: '304_SETTLED', paid: 100_000 });
    expect(await attemptOf(shop, transaction.id)).toMatchObject({ providerReference: '4222222222222' });
    const journals = await world.sql('SELECT kind FROM "LedgerJournal" WHERE transaction_id = $1', [transaction.id]);
    expect(journals).toHaveLength(1);
  });

  it('with another amount is stored, answered 04, and the money stands in suspense', async () => {
    const { peer, shop } = await open();
    const { payment, transaction } = await checkout(shop);
    expect(await ipn(peer.notice(payment.payUrl, { vnp_Amount: '9000000' }))).toBe('04');
    await world.processed(shop);
    expect(await world.transaction(shop, transaction.id)).toMatchObject({ status: '100_NEW', paid: 0 });
    const suspense = await world.sql('SELECT amount::int AS amount FROM "SuspenseItem" WHERE merchant_id = $1', [
      shop.merchantId,
    ]);
    expect(suspense).toEqual([{ amount: 90_000 }]);
  });

  it.each([
    [{ vnp_ResponseCode: '24', vnp_TransactionStatus: '02' }, '505_CANCELLED'],
    [{ vnp_ResponseCode: '11', vnp_TransactionStatus: '02' }, '501_EXPIRED'],
    [{ vnp_ResponseCode: '51', vnp_TransactionStatus: '02' }, '500_FAIL'],
    [{ vnp_ResponseCode: '07', vnp_TransactionStatus: '00' }, '000_UNKNOWN'],
    [{ vnp_ResponseCode: '00', vnp_TransactionStatus: '01' }, '000_UNKNOWN'],
    [{ vnp_ResponseCode: '00', vnp_TransactionStatus: '04' }, '000_UNKNOWN'],
  ])('with %j is answered 00 and makes %s, which a later success still beats', async (change, status) => {
    const { peer, shop } = await open();
    const { payment, transaction } = await checkout(shop);
    expect(await ipn(peer.notice(payment.payUrl, change))).toBe('00');
    await world.processed(shop);
    expect(await attemptOf(shop, transaction.id)).toMatchObject({ status });
    expect(await ipn(peer.notice(payment.payUrl))).toBe('00');
    await world.processed(shop);
    expect(await attemptOf(shop, transaction.id)).toMatchObject({ status: '302_SUCCESS' });
  });

  it('comes as a form as well', async () => {
    const { peer, shop } = await open();
    const { payment, transaction } = await checkout(shop);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await world.call('POST', `${BASE}/vnpay/gateway/ipn`, {
      body: peer.notice(payment.payUrl),
      headers,
    });
    expect(answer.body).toEqual({ RspCode: '00', Message: expect.any(String) });
    await world.processed(shop);
    expect(await attemptOf(shop, transaction.id)).toMatchObject({ status: '302_SUCCESS' });
  });
});

describe('the return address', () => {
  it('proves nothing: it shows our own record and makes us ask soon', async () => {
    const { peer, shop } = await open();
    const { payment, transaction, attempt } = await checkout(shop);
    const notice = peer.notice(payment.payUrl);
    const waiting = await back(notice);
    expect(waiting.status).toBe(200);
    expect(waiting.text).toContain('Đang xác nhận');
    expect(await attemptOf(shop, transaction.id)).toMatchObject({ status: '204_SENT' });
    const [row] = await world.sql(
      `SELECT next_query_at < now() + interval '20 seconds' AS soon FROM "PaymentAttempt" WHERE id = $1`,
      [attempt.id],
    );
    expect(row).toEqual({ soon: true });
    peer.answer = () => ({
      Command: 'querydr',
      ResponseCode: '00',
      Amount: '10000000',
      TransactionNo: '14422574',
      TransactionType: '01',
      TransactionStatus: '00',
      PayDate: new URL(payment.payUrl).searchParams.get('vnp_CreateDate') ?? '',
    });
    await world.age(attempt.id, 16_000);
    await eventually(async () => (await attemptOf(shop, transaction.id))?.status === '302_SUCCESS' || undefined);
    expect((await back(notice)).text).toContain('Đã thanh toán');
    const failed = await checkout(shop);
    const declined = peer.notice(failed.payment.payUrl, { vnp_ResponseCode: '24', vnp_TransactionStatus: '02' });
    await ipn(declined);
    await world.processed(shop);
    expect((await back(declined)).text).toContain('Chưa thanh toán');
  });

  it.each([
    ['a forged one', (peer: GatewayPeer, url: string) => peer.notice(url, {}, 'another secret')],
    ['an unknown reference', (peer: GatewayPeer, url: string) => peer.notice(url, { vnp_TxnRef: 'ATTNOBODY000000' })],
    ['nonsense', () => 'a=b&vnp_TxnRef'],
    ['nothing', () => ''],
  ])('shows nothing to %s', async (_what, query) => {
    const { peer, shop } = await open();
    const { payment } = await checkout(shop);
    const answer = await back(query(peer, payment.payUrl));
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('Không hợp lệ');
  });
});

describe('questions to one terminal', () => {
  it('take turns: one is asked, the others wait, and a 94 uses up no step', async () => {
    const { peer, shop } = await open();
    const sales = [await checkout(shop), await checkout(shop), await checkout(shop)] as const;
    const verify = async (sale: CheckoutAnswer): Promise<string> =>
      (await world.post(shop, '/payments/verify', { attemptId: sale.attempt.id })).body.provider;
    const said = await Promise.all(sales.map(verify));
    expect(said.toSorted()).toEqual(['ANSWERED', 'TOO_SOON', 'TOO_SOON']);
    expect(peer.asked).toHaveLength(1);
    await world.sql(`UPDATE "QueryLane" SET free_at = now() - interval '1 s' WHERE terminal = $1`, [peer.tmnCode]);
    peer.answer = () => ({ Command: 'querydr', ResponseCode: '94' });
    expect(await verify(sales[0])).toBe('TOO_SOON');
    expect(peer.asked).toHaveLength(2);
    const steps = await world.sql('SELECT query_step FROM "PaymentAttempt" WHERE id = $1', [sales[0].attempt.id]);
    expect(steps).toEqual([{ query_step: 0 }]);
  });
});
