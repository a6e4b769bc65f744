import { createHmac } from 'node:crypto';
import { keyPrefix } from '@nx/queue';
import { QUEUES } from '../../../apps/payment/src/jobs';
import { reserveFreePort } from '../../infra/reservations.mjs';
import { answering } from '../bench-system';
import { inTurns } from '../in-turns';
import { HttpLoad, type LoadRequest } from './http-load';
import { JobBurst, Pace } from './job-burst';
import { AT_ONCE, type Measurement } from './measurement';
import { openPaymentSite, type PaymentSite } from './payment-site';
import { ProcessorUse } from './processor-use';

const SECRET = 'a secret of the benchmark';
const PATH = '/v1/api/sale/webhooks/payment';

/** Deliveries that wait with their jobs: each is claimed, signed, sent, and its try and its end are stored. */
export const webhooksMeasurement: Measurement = {
  name: 'money webhooks',
  goals: ['webhooks'],
  measure: async ({ log, ...turns }) => {
    const site = await openPaymentSite(
      { processes: [{ name: 'payment-worker', service: 'payment', mode: 'worker' }] },
      log,
    );
    const port = await reserveFreePort();
    const otherSide = await site.startScript('money/other-side.mjs', [String(port)]);
    await answering(port);
    const subscriber = `http://127.0.0.1:${port}`;
    const burst = new JobBurst(site.infra.redisUrl, [QUEUES.webhook], (queue) => keyPrefix(site.prefix, queue));
    const body = JSON.stringify(webhookBody(site));
    const client = new HttpLoad(subscriber, AT_ONCE, () => signedRequest(body), { status: 200, text: '' });
    const use = await ProcessorUse.of(site, [{ name: 'the subscriber', pid: otherSide.pid }]);
    try {
      const configId = await subscribe(site, subscriber);
      const pace = new Pace(500);
      let written = 0;
      const deliver = async (milliseconds: number): Promise<number> => {
        const count = pace.count(milliseconds);
        await writeDeliveries(site, configId, { from: written, count, body });
        const jobs = Array.from({ length: count }, (_job, at) => deliveryJob(written + at + 1));
        written += count;
        const rate = await use.during(
          () => burst.run(jobs),
          () => count,
        );
        await allDelivered(site, written);
        return pace.note(rate);
      };
      const contestants = [
        { what: 'deliveries, each claimed, signed, sent and stored', run: deliver },
        { what: 'a signed POST over a raw HTTP client', run: (ms: number) => client.run(ms) },
      ];
      const figures = await inTurns(contestants, turns);
      return { webhooks: { names: contestants.map(({ what }) => what), figures, spent: use.perUnit() } };
    } finally {
      await Promise.all([use.close(), burst.close(), client.close()]);
      await site.close();
    }
  },
};

const deliveryJob = (number: number) => ({
  queue: QUEUES.webhook,
  name: 'deliver-webhook',
  data: { payload: { deliveryId: `D-${number}` } },
  jobId: `deliver-D-${number}`,
});

/** As large as that of a real event. */
const webhookBody = ({ merchant }: PaymentSite): object => ({
  eventType: 'mq-pay:transaction.settled',
  timestamp: Date.now(),
  payload: {
    timestamp: new Date().toISOString(),
    source: 'mq-pay',
    merchantId: merchant.merchantId,
    transaction: {
      id: 'IQBapalCzY',
      uid: 'TXN0000000001',
      status: '304_SETTLED',
      total: 120_000,
      paid: 120_000,
      currency: 'VND',
      sourceType: 'SaleOrder',
      sourceId: 'IQBapalCzZ',
      metadata: {},
    },
    sequence: 1,
  },
});

function signedRequest(body: string): LoadRequest {
  const timestamp = Date.now();
  const signature = createHmac('sha256', SECRET)
    .update(`${timestamp}|mq-pay:transaction.settled|${body}`)
    .digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-webhook-event-type': 'mq-pay:transaction.settled',
    'x-webhook-timestamp': String(timestamp),
    'x-webhook-signature': signature,
  };
  return { method: 'POST', path: PATH, headers, body };
}

async function subscribe({ api, merchant }: PaymentSite, subscriber: string): Promise<string> {
  const response = await fetch(`${api.baseUrl}/webhook-configs`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${merchant.staff.owner.token}`,
      'x-merchant-id': merchant.merchantId,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      name: 'bench',
      url: `${subscriber}${PATH}`,
      eventTypes: ['mq-pay:chargeback.opened'],
      signingMethod: 'HMAC_SHA256',
      secret: SECRET.replaceAll(' ', '-'),
    }),
  });
  const { id, detail } = (await response.json()) as { id?: string; detail?: string };
  if (id === undefined) throw new Error(`the subscription was refused: ${detail ?? response.status}`);
  return id;
}

/** As the outbox's step writes them, each of a transaction of its own. */
async function writeDeliveries(
  { admin, merchant }: PaymentSite,
  configId: string,
  { from, count, body }: { from: number; count: number; body: string },
): Promise<void> {
  await admin.query(
    `INSERT INTO "WebhookDelivery" (id, webhook_config_id, event_id, event_type, merchant_id, transaction_id, sequence,
       body, status, next_try_at, created_at, modified_at)
     SELECT 'D-' || n, $1, 'E-' || n, 'mq-pay:transaction.settled', $2, 'T-' || n, 1, $3, 'PENDING', now(), now(), now()
     FROM generate_series($4::int, $5::int) n`,
    [configId, merchant.merchantId, body, from + 1, from + count],
  );
}

async function allDelivered({ admin }: PaymentSite, expected: number): Promise<void> {
  const sql = `SELECT count(*)::int AS count FROM "WebhookDelivery" WHERE status = 'DELIVERED'`;
  const { rows } = await admin.query<{ count: number }>(sql);
  if (rows[0]?.count !== expected) throw new Error(`${rows[0]?.count} of ${expected} deliveries arrived`);
}
