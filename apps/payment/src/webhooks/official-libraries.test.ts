import { spawnSync } from 'node:child_process';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureStandardWebhooks } from '../../../../tools/infra/python.mjs';
import type { Shop } from '../testing/payment-world.fixture';
import type { ReceivedWebhook } from '../testing/subscriber.fixture';
import { WebhookWorld } from './webhook-world.fixture';

let webhooks: WebhookWorld;
let python: Awaited<ReturnType<typeof ensureStandardWebhooks>>;
beforeAll(async () => {
  [webhooks, python] = await Promise.all([WebhookWorld.start(), ensureStandardWebhooks()]);
}, 300_000);
afterAll(() => webhooks.stop());

/** What a subscriber has in hand when a call comes in. */
interface Received {
  readonly secret: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The published use of the package: one verdict for each call, `true` or what the library threw. */
const PROGRAM = `
import json, sys
from standardwebhooks import Webhook
def verdict(call):
    try:
        return Webhook(call["secret"]).verify(call["body"], call["headers"]) == json.loads(call["body"])
    except Exception as error:
        return type(error).__name__ + ": " + str(error)
print(json.dumps([verdict(call) for call in json.load(sys.stdin)]))
`;

const ofPyPi = (calls: readonly Received[]): unknown[] => {
  const { command, env } = python;
  const done = spawnSync(command, ['-c', PROGRAM], { env, input: JSON.stringify(calls), encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`python ended with ${done.status}: ${done.stderr}`);
  return JSON.parse(done.stdout) as unknown[];
};

const ofNpm = (calls: readonly Received[]): unknown[] =>
  calls.map(({ secret, body, headers }) => {
    try {
      expect(new Webhook(secret).verify(body, { ...headers })).toEqual(JSON.parse(body));
      return true;
    } catch (error) {
      return String(error);
    }
  });

const LIBRARIES = [
  ['npm', ofNpm],
  ['PyPI', ofPyPi],
] as const;
const REFUSED = expect.stringContaining('No matching signature found');

const received = (secret: string, { raw, headers }: ReceivedWebhook): Received => ({
  secret,
  body: raw,
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
});

const subscribe = (shop: Shop, signingMethod: string) =>
  webhooks.subscriber(shop, { eventTypes: ['mq-pay:transaction.settled'], signingMethod });

const testMessage = async (shop: Shop, id: string, count: number): Promise<void> => {
  await webhooks.payment.post(shop, `/webhook-configs/${id}/test`, {});
  await webhooks.allEnded(id, count);
};

describe.each(LIBRARIES)('the official library of %s', (_registry, verify) => {
  it('verifies v1 of a real event, other letters included, and nothing that was touched on the way', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await subscribe(shop, 'STANDARD_V1');
    const answer = await webhooks.payment.checkout(shop, { metadata: { note: 'Cà phê sữa đá ☕ "50 %"' } });
    const { attempt } = answer.body;
    await webhooks.payment.post(shop, '/payments/system/ipn', { attempt: { id: attempt.id }, tendered: 100_000 });
    await webhooks.allEnded(config.id, 1);
    const call = received(config.secret ?? '', server.received[0] as ReceivedWebhook);
    expect(call.body).toContain('Cà phê sữa đá ☕');
    const header = (name: string, value: string): Received => ({
      ...call,
      headers: { ...call.headers, [name]: value },
    });
    const calls = [
      call,
      { ...call, secret: call.secret.replace('whsec_', '') },
      { ...call, body: call.body.replace('100000', '900000') },
      { ...call, secret: `whsec_${Buffer.alloc(24, 7).toString('base64')}` },
      header('webhook-id', 'another'),
      header('webhook-timestamp', String(Number(call.headers['webhook-timestamp']) + 1)),
      header('webhook-timestamp', String(Number(call.headers['webhook-timestamp']) - 301)),
    ];
    const tooOld = expect.stringContaining('Message timestamp too old');
    expect(verify(calls)).toEqual([true, true, REFUSED, REFUSED, REFUSED, REFUSED, tooOld]);
  });

  it('verifies with either secret during a rotation, and with the new one alone after it', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await subscribe(shop, 'STANDARD_V1');
    const rotate = async (body: object): Promise<string> =>
      (await webhooks.payment.post(shop, `/webhook-configs/${config.id}/rotate-secret`, body)).body.secret;
    const second = await rotate({ overlapMs: 60_000 });
    await testMessage(shop, config.id, 1);
    const during = server.received[0] as ReceivedWebhook;
    expect(verify([config.secret ?? '', second].map((secret) => received(secret, during)))).toEqual([true, true]);
    const third = await rotate({ overlapMs: 0 });
    await testMessage(shop, config.id, 2);
    const after = server.received[1] as ReceivedWebhook;
    const verdicts = verify([config.secret ?? '', second, third].map((secret) => received(secret, after)));
    expect(verdicts).toEqual([REFUSED, REFUSED, true]);
  });

  it('knows v1 alone: a v1a signature is none to it, so it takes the public key and ed25519', async () => {
    const shop = await webhooks.payment.shop(null);
    const { server, config } = await subscribe(shop, 'STANDARD_V1A');
    await testMessage(shop, config.id, 1);
    const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    expect(config.publicKey).toMatch(/^whpk_/);
    expect(verify([received(secret, server.received[0] as ReceivedWebhook)])).toEqual([REFUSED]);
  });
});
