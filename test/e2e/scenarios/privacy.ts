import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { marked, type Shop } from '../support/world';

/** A number that passes the check digit of cards, and no real one. */
const CARD = '4111111111111111';

/** Feeds words that nobody may keep through every edge, and returns them. */
async function feed({ till, world, merchant, secrets }: Shop): Promise<Record<string, string>> {
  const { owner, cashier } = merchant.staff;
  const words = {
    credential: marked('credential'),
    clientSecret: marked('client'),
    webhookSecret: marked('hook'),
    idempotencyKey: marked('key'),
    password: marked('password'),
    email: `${marked('buyer')}@example.vn`,
    phone: '0912555777',
    buyerName: `Nguyễn ${marked('name')}`,
    card: CARD,
    otherToken: `eyJhbGciOiJFUzI1NiJ9.${marked('claims')}.signature`,
  };
  const tValue = { appId: 'A', masterMerCode: 'A000000775', merchantCode: 'X' };
  const credential = { createSecret: words.credential, password: words.password };
  // Refused and accepted ones alike: a refusal is where bodies end up in logs.
  await till.owner.send('POST', '/configurations', { code: 'VNPAY_QR_MMS', tValue, credential });
  await till.owner.send('POST', '/configurations', { code: 'NOBODY', tValue: 1, credential, secret: words.credential });
  const hook = { name: 'temporary', url: 'http://127.0.0.1:9/hook', eventTypes: ['mq-pay:attempt.failed'] };
  const made = await till.owner.post('/webhook-configs', { ...hook, secret: words.webhookSecret });
  await till.owner.call('DELETE', `/webhook-configs/${made.id}`);
  const provider = { name: 'x', provider: 'VNPAY', baseUrl: world.urls.sandbox, taxCode: '0100109106' };
  await till.invoices.send('POST', '/invoice-providers', {
    ...provider,
    clientId: 'x',
    clientSecret: words.clientSecret,
  });
  await till.invoices.send('POST', '/invoice-providers', { ...provider, clientSecret: words.clientSecret, odd: 1 });
  const order = await till.order({ buyer: { name: words.buyerName, email: words.email, phone: words.phone } });
  const body = till.checkoutBody(order);
  const card = await till.cashier.send('POST', '/payments/checkout', { ...body, metadata: { note: `card ${CARD}` } });
  expect(card.status).toBe(422);
  const checkout = await till.checkout(order, { key: words.idempotencyKey });
  await till.pay(checkout, { mobile: words.phone, accountNo: CARD });
  await till.orderIn(order.id, '303_COMPLETED');
  const header = { authorization: `Bearer ${words.otherToken}` };
  for (const api of [till.cashier, till.invoices]) {
    await api.send('GET', `/transactions?token=${words.password}`, undefined, header);
    await api.send('POST', `/payments/checkout?password=${words.password}`, {
      password: words.password,
      email: words.email,
    });
  }
  await fetch(`${till.urls.signal}/notifications`, { headers: header });
  await till.invoices.send('POST', '/claims/00000000-0000-0000-0000-000000000000', {
    kind: 'PERSON',
    name: words.buyerName,
    email: words.email,
    phone: words.phone,
  });
  await till.sandbox.call('PATCH', `/commerce/merchants/${merchant.merchantId}`, {
    tax: { email: words.email, phone: words.phone },
  });
  return {
    ...words,
    ownerToken: owner.token,
    cashierToken: cashier.token,
    ...Object.fromEntries(Object.entries(secrets.qr).map(([name, value]) => [`qr ${name}`, value])),
    saleSecret: secrets.webhook,
    invoiceClient: secrets.invoiceClient,
  };
}

export function privacyScenarios(shop: () => Shop): void {
  it('keeps secrets and personal data that came in through every edge out of every log', async () => {
    const { world, till } = shop();
    const words = await feed(shop());
    const requestId = marked('seen').slice(0, 40);
    await till.cashier.send('GET', '/transactions?limit=1', undefined, { 'x-request-id': requestId });
    // One more sale: whatever the requests before it have caused is logged by then.
    const order = await till.order();
    const { attempt } = await till.checkout(order, { provider: 'SYSTEM', method: '000_CASH' });
    await till.receive(attempt, order.total);
    await till.orderIn(order.id, '303_COMPLETED');
    const logs = readdirSync(world.logFolder).filter((name) => name.endsWith('.log') && name !== 'sandbox.log');
    expect(logs.length).toBeGreaterThan(5);
    // What may be logged is: the search below would find the rest.
    expect(world.log('payment-api')).toContain(requestId);
    const found: string[] = [];
    for (const name of logs) {
      const text = world.log(name.replace('.log', ''));
      expect(text.length).toBeGreaterThan(100);
      for (const [what, word] of Object.entries(words)) {
        const line = text.split('\n').find((candidate) => candidate.includes(word));
        if (line !== undefined) found.push(`${name}: ${what} in ${line.slice(0, 300)}`);
      }
    }
    expect(found).toEqual([]);
  });

  it('gives no credential back', async () => {
    const { till, secrets } = shop();
    const answers = [
      await till.owner.all('/configurations'),
      await till.owner.all('/webhook-configs'),
      await till.invoices.all('/invoice-providers'),
    ];
    const text = JSON.stringify(answers);
    for (const word of [...Object.values(secrets.qr), secrets.webhook, secrets.invoiceClient])
      expect(text).not.toContain(word);
  });
}

export function truthScenario(shop: () => Shop): void {
  it('ends with what was charged and issued equal to what the services say', async () => {
    const { till, merchant } = shop();
    const order = await till.order({ channel: merchant.channels.counter });
    await till.pay(await till.checkout(order));
    await till.invoice(order.id);
    const truth = await till.sandbox.get('/truth?all=false');
    expect(truth.rows).toEqual([]);
    expect(truth).toMatchObject({
      clean: true,
      services: { payment: { answered: true }, invoice: { answered: true } },
    });
    expect(truth.truth.payments).toBeGreaterThan(0);
    expect(truth.truth.invoices).toBeGreaterThan(0);
  });
}
