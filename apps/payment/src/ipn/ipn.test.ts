import { findCardNumber } from '@nx/crypto';
import { eventually } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { balancesOf, expectBooksInOrder } from '../testing/ledger-check.fixture';
import { BASE, now, PaymentWorld, unique } from '../testing/payment-world.fixture';
import { ipnBody, newTrace } from '../testing/vnpay.fixture';
import { ProcessIpn } from './process-ipn';

let world: PaymentWorld;
beforeAll(async () => {
  world = await PaymentWorld.start();
});
afterEach(() => expectBooksInOrder(world));
afterAll(() => world.stop());

const inbox = (merchantId: string) =>
  world.sql('SELECT id, answer, outcome, attempt_id, received_count FROM "IpnInbox" WHERE merchant_id = $1', [
    merchantId,
  ]);
const suspense = (merchantId: string) =>
  world.sql(
    `SELECT s.amount, s.reason, s.attempt_id, f.code AS finding, f.status FROM "SuspenseItem" s
     JOIN "Finding" f ON f.id = s.finding_id WHERE s.merchant_id = $1`,
    [merchantId],
  );
const eventsOf = async (transactionId: string, type: string): Promise<unknown[]> =>
  (await world.sql('SELECT event_type FROM "Outbox" WHERE aggregate_id = $1', [transactionId]))
    .map((row) => row['event_type'])
    .filter((name) => name === type);
const alerts = (merchantId: string) =>
  world.sql(`SELECT payload FROM "Outbox" WHERE event_type = 'OPERATIONS_ALERT' AND key = $1`, [merchantId]);

describe('a verified callback', () => {
  it('is answered 00 and applied once, with one journal, one event and one notification', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    const body = ipnBody(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now() });
    const answers = await Promise.all(Array.from({ length: 10 }, () => world.ipnRaw(body)));
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(['00', '03']).toContain(answer.body.code);
      expect(answer.body.data).toEqual({ txnId: attempt.uid });
    }
    await world.processed(shop);
    expect((await world.ipnRaw(body)).body.code).toBe('03');
    const settled = await world.transaction(shop, transaction.id);
    expect(settled).toMatchObject({
      status: '304_SETTLED',
      paid: 100_000,
      attempts: [{ status: '302_SUCCESS', bankCode: 'VCB' }],
    });
    expect(await inbox(shop.merchantId)).toMatchObject([{ answer: 'APPLIED', outcome: 'APPLIED' }]);
    expect(await balancesOf(world, transaction.id)).toEqual({ PROVIDER_RECEIVABLE: 100_000n, MERCHANT_OWN: 100_000n });
    for (const type of ['mq-pay:attempt.success', 'mq-pay:transaction.settled', 'PAYMENT_SUCCESS']) {
      expect(await eventsOf(transaction.id, type), type).toHaveLength(1);
    }
  });

  it('is applied once when it is processed twice at the same time', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    await world.ipn(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now() });
    const [row] = await inbox(shop.merchantId);
    const processing = world.app.get(ProcessIpn, { strict: false });
    await Promise.all([1, 2, 3].map(() => processing.execute(String(row?.['id']))));
    await world.processed(shop);
    expect(await eventsOf(transaction.id, 'mq-pay:attempt.success')).toHaveLength(1);
  });

  it('that only notes a failure leaves the QR payable', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    const declined = await world.ipn(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now(), code: '08' });
    expect(declined.code).toBe('00');
    await world.processed(shop);
    expect(await world.transaction(shop, transaction.id)).toMatchObject({
      status: '100_NEW',
      attempts: [{ status: '204_SENT' }],
    });
    await world.ipn(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now() });
    await world.processed(shop);
    expect((await world.transaction(shop, transaction.id)).status).toBe('304_SETTLED');
  });

  it('with another amount is answered 07 with the expected one; the money waits in suspense', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    const body = ipnBody(shop, { txnId: attempt.uid, amount: 99_999, paidAtMs: now() });
    for (let repetition = 0; repetition < 2; repetition += 1) {
      expect((await world.ipnRaw(body)).body).toMatchObject({ code: '07', data: { amount: '100000' } });
    }
    await world.processed(shop);
    expect(await suspense(shop.merchantId)).toMatchObject([
      { amount: '99999', reason: 'WRONG_AMOUNT', attempt_id: attempt.id, finding: 'WRONG_AMOUNT', status: 'OPEN' },
    ]);
    expect(await world.transaction(shop, transaction.id)).toMatchObject({
      status: '100_NEW',
      paid: 0,
      openAmount: 0,
      attempts: [{ status: '302_SUCCESS', appliedAmount: 0 }],
    });
    expect(await eventsOf(transaction.id, 'mq-pay:attempt.success')).toEqual([]);
    expect(await alerts(shop.merchantId)).toMatchObject([
      { payload: { data: { code: 'WRONG_AMOUNT', amount: 99_999 } } },
    ]);
    expect(await balancesOf(world, transaction.id)).toEqual({ PROVIDER_RECEIVABLE: 99_999n, SUSPENSE: 99_999n });
  });

  it('of a late payment is answered 00 and set aside; arriving late means nothing', async () => {
    const shop = await world.shop();
    const late = await world.qr(shop);
    const inTime = await world.qr(shop);
    for (const { attempt } of [late, inTime]) await world.age(attempt.id, 30 * 60_000);
    expect((await world.ipn(shop, { txnId: late.attempt.uid, amount: 100_000, paidAtMs: now() })).code).toBe('00');
    await world.ipn(shop, { txnId: inTime.attempt.uid, amount: 100_000, paidAtMs: now() - 20 * 60_000 });
    await world.processed(shop);
    expect(await suspense(shop.merchantId)).toMatchObject([{ reason: 'LATE_SUCCESS', attempt_id: late.attempt.id }]);
    expect((await world.transaction(shop, late.transaction.id)).status).toBe('100_NEW');
    expect((await world.transaction(shop, inTime.transaction.id)).status).toBe('304_SETTLED');
  });

  it('keeps a time of payment that looks like the number of a card', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    await world.age(attempt.id, 30 * 60_000);
    const seconds = Array.from({ length: 300 }, (_, index) => now() - 20 * 60_000 - index * 1000);
    const paidAtMs = seconds.find((ms) =>
      findCardNumber(ipnBody(shop, { txnId: attempt.uid, amount: 1, paidAtMs: ms })),
    );
    expect(paidAtMs).toBeDefined();
    await world.ipn(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: paidAtMs ?? 0 });
    await world.processed(shop);
    expect((await world.transaction(shop, transaction.id)).status).toBe('304_SETTLED');
    const [row] = await world.sql('SELECT provider_paid_at FROM "PaymentAttempt" WHERE id = $1', [attempt.id]);
    expect(row).toEqual({ provider_paid_at: new Date(Math.floor((paidAtMs ?? 0) / 1000) * 1000) });
  });

  it('of an unknown reference is answered 06, stored, and its money set aside', async () => {
    const shop = await world.shop();
    const answer = await world.ipn(shop, { txnId: 'ATTNOBODY000001', amount: 5000, paidAtMs: now() });
    expect(answer.code).toBe('06');
    await world.processed(shop);
    expect(await inbox(shop.merchantId)).toMatchObject([
      { answer: 'UNKNOWN_REFERENCE', outcome: 'SUSPENSE', attempt_id: null },
    ]);
    expect(await suspense(shop.merchantId)).toMatchObject([
      { amount: '5000', reason: 'NO_ATTEMPT', finding: 'NO_ATTEMPT' },
    ]);
    expect(await alerts(shop.merchantId)).toHaveLength(1);
  });

  it("signed by one merchant for another's reference is an unknown reference", async () => {
    const [thief, victim] = [await world.shop(), await world.shop()];
    const { transaction, attempt } = await world.qr(victim);
    expect((await world.ipn(thief, { txnId: attempt.uid, amount: 100_000, paidAtMs: now() })).code).toBe('06');
    await world.processed(thief);
    expect((await world.transaction(victim, transaction.id)).status).toBe('100_NEW');
    expect(await suspense(thief.merchantId)).toHaveLength(1);
  });

  it('for a booked payment under another reference books nothing again', async () => {
    const shop = await world.shop();
    const { attempt } = await world.qr(shop);
    const qrTrace = newTrace();
    await world.ipn(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now(), qrTrace });
    await world.processed(shop);
    await world.ipn(shop, { txnId: 'ATTNOBODY000002', amount: 100_000, paidAtMs: now(), qrTrace });
    await world.processed(shop);
    expect(await suspense(shop.merchantId)).toEqual([]);
    const findings = await world.sql('SELECT code FROM "Finding" WHERE merchant_id = $1', [shop.merchantId]);
    expect(findings).toEqual([{ code: 'CONFLICTING_EVIDENCE' }]);
  });

  it('of a second payment on a paid attempt goes whole to suspense', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    await world.ipn(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now() });
    await world.processed(shop);
    await world.ipn(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now() });
    await world.processed(shop);
    expect(await suspense(shop.merchantId)).toMatchObject([{ amount: '100000', reason: 'SECOND_PAYMENT' }]);
    expect((await world.transaction(shop, transaction.id)).paid).toBe(100_000);
  });

  it('verifies under the secret before and after a rotation, and not when the overlap is over', async () => {
    const shop = await world.shop();
    const [first, second, third] = [await world.qr(shop), await world.qr(shop), await world.qr(shop)];
    const secrets = { ...shop.secrets, callbackSecret: unique('callback-secret-') };
    const changed = await world.patch(shop, `/configurations/${shop.configurationId}`, { credential: secrets });
    expect(changed.status).toBe(200);
    const notice = (of: { attempt: { uid: string } }) => ({ txnId: of.attempt.uid, amount: 100_000, paidAtMs: now() });
    expect((await world.ipn(shop, notice(first))).code).toBe('00');
    expect((await world.ipn({ ...shop, secrets }, notice(second))).code).toBe('00');
    await world.sql(`UPDATE "Configuration" SET previous_credential_until = now() - interval '1 s' WHERE id = $1`, [
      shop.configurationId,
    ]);
    await world.patch(shop, `/configurations/${shop.configurationId}`, { status: '201_ACTIVATED' });
    expect((await world.ipn(shop, notice(third))).code).toBe('06');
    expect((await world.ipn({ ...shop, secrets }, notice(third))).code).toBe('00');
    await world.processed(shop);
  });

  it('verifies after the connection was removed', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    expect((await world.remove(shop, `/configurations/${shop.configurationId}`)).status).toBe(204);
    expect((await world.ipn(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now() })).code).toBe('00');
    await world.processed(shop);
    expect((await world.transaction(shop, transaction.id)).status).toBe('304_SETTLED');
  });
});

describe('a callback that proves nothing', () => {
  it('is refused 06, sampled apart and never holds a key of the inbox', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    const notice = { txnId: attempt.uid, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() };
    const forged = await world.ipn({ ...shop, secrets: { ...shop.secrets, callbackSecret: 'guessed' } }, notice);
    expect(forged).toMatchObject({ code: '06' });
    expect(await inbox(shop.merchantId)).toEqual([]);
    const sample = await world.sql('SELECT body_sealed FROM "ForgedIpn" WHERE named_merchant = $1', [
      shop.merchantCode,
    ]);
    expect(sample).toHaveLength(1);
    expect(JSON.stringify(sample)).not.toContain(attempt.uid);
    expect((await world.transaction(shop, transaction.id)).status).toBe('100_NEW');
    expect((await world.ipn(shop, notice)).code).toBe('00');
    await world.processed(shop);
  });

  it('is answered in the protocol of the provider when it is no message at all', async () => {
    for (const body of ['not json', '[]', '{}', '{"amount":"1.5","code":"00"}']) {
      const answer = await world.ipnRaw(body);
      expect(answer).toMatchObject({ status: 200, body: { code: '04' } });
    }
    const foreign = await world.call('POST', `${BASE}/vnpay/smart-pos/ipn`, { body: '{}' });
    expect(foreign).toMatchObject({ status: 501, body: { code: 'payment.ipn.not_implemented' } });
  });
});

describe('a callback whose job is lost', () => {
  it('is finished by the sweeper', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    // The first job does nothing, as if its process had died.
    const processing = world.app.get(ProcessIpn, { strict: false });
    const real = processing.execute.bind(processing);
    let dropped = 0;
    processing.execute = async (id) => {
      if (dropped === 0) {
        dropped += 1;
        return;
      }
      return real(id);
    };
    try {
      await world.ipn(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now() });
      await eventually(() => dropped === 1);
      await world.sql(`UPDATE "IpnInbox" SET next_try_at = next_try_at - interval '11 s' WHERE merchant_id = $1`, [
        shop.merchantId,
      ]);
      await world.processed(shop);
    } finally {
      processing.execute = real;
    }
    expect((await world.transaction(shop, transaction.id)).status).toBe('304_SETTLED');
  });

  it('is tried again after growing pauses when it cannot be applied', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    const [row] = await world.sql('SELECT t_value FROM "Configuration" WHERE id = $1', [shop.configurationId]);
    await world.ipn(shop, { txnId: attempt.uid, amount: 0, paidAtMs: now() });
    await world.processed(shop);
    await world.sql(`UPDATE "Configuration" SET t_value = 'broken' WHERE id = $1`, [shop.configurationId]);
    await world.sql(
      `INSERT INTO "IpnInbox" (id, provider, event_key, attempt_id, transaction_id, merchant_id, credential_id, answer, body_sealed, received_at, next_try_at)
       SELECT 'poison', provider, 'poison', attempt_id, transaction_id, merchant_id, credential_id, 'APPLIED', 'broken', received_at, now() - interval '1 min'
       FROM "IpnInbox" WHERE merchant_id = $1`,
      [shop.merchantId],
    );
    const failed = await eventually(async () => {
      const [poison] = await world.sql(
        `SELECT tries, last_error, next_try_at > now() AS later FROM "IpnInbox" WHERE id = 'poison'`,
      );
      return Number(poison?.['tries']) >= 2 ? poison : undefined;
    });
    expect(failed).toMatchObject({ later: true });
    expect(failed['last_error']).toBeTruthy();
    await world.sql(`DELETE FROM "IpnInbox" WHERE id = 'poison'`);
    await world.sql('UPDATE "Configuration" SET t_value = $2 WHERE id = $1', [shop.configurationId, row?.['t_value']]);
    expect((await world.transaction(shop, transaction.id)).status).toBe('100_NEW');
  });
});

describe('with the database away', () => {
  it('never answers a success', async () => {
    const shop = await world.shop();
    const { transaction, attempt } = await world.qr(shop);
    const body = ipnBody(shop, { txnId: attempt.uid, amount: 100_000, paidAtMs: now() });
    await world.sql('ALTER TABLE mq_pay."IpnInbox" RENAME TO "IpnInboxAway"');
    const away = await world.ipnRaw(body);
    await world.sql('ALTER TABLE mq_pay."IpnInboxAway" RENAME TO "IpnInbox"');
    expect(away).toMatchObject({ status: 200, body: { code: '04' } });
    expect((await world.ipnRaw(body)).body.code).toBe('00');
    await world.processed(shop);
    expect((await world.transaction(shop, transaction.id)).status).toBe('304_SETTLED');
  });
});
