import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConnectionWatch, eventually, hostileUrls } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PaymentWorld, type Shop } from '../testing/payment-world.fixture';

/** A service that may call nobody on a private network, as in production, and a listener on all addresses of the machine. */
let world: PaymentWorld;
let watch: ConnectionWatch;
let shop: Shop;
beforeAll(async () => {
  world = await PaymentWorld.start({ extra: { APP_ENV_WEBHOOK_ALLOWED_NETWORKS: '198.51.100.77/32' } });
  watch = await ConnectionWatch.start();
  shop = await world.shop(null);
});
afterAll(async () => {
  await world.stop();
  await watch.stop();
});

const register = (url: string) =>
  world.post(shop, '/webhook-configs', {
    name: 'x',
    url,
    eventTypes: ['mq-pay:transaction.settled'],
    metadata: { maxRetries: 0, timeoutMs: 1000 },
  });

/** Attempts to connect to where the subscriber would be. The service's own servers are on other ports. */
const opened = (): string[] => watch.attempts().filter((attempt) => attempt.endsWith(` ${watch.port}`));
const spellings = () => hostileUrls(watch.port).map(({ url }) => url);

/** Puts an address behind the back of the check at registration, as a row of an older release would have it. */
const stored = async (url: string): Promise<string> => {
  const { body } = await register('https://sale.example.vn/hook');
  await world.sql('UPDATE "WebhookConfig" SET url = $2 WHERE id = $1', [body.id, url]);
  return String(body.id);
};

const ended = (ids: readonly string[]) =>
  eventually(
    async () => {
      const rows = await world.sql(
        `SELECT d.status, d.tries, d.death, d.last_error, c.url, (SELECT count(*)::int FROM "WebhookTry" t WHERE t.delivery_id = d.id) AS stored
         FROM "WebhookDelivery" d JOIN "WebhookConfig" c ON c.id = d.webhook_config_id WHERE d.webhook_config_id = ANY($1)`,
        [ids],
      );
      return rows.length === ids.length && rows.every((row) => row['status'] === 'DEAD') ? rows : undefined;
    },
    { timeoutMs: 60_000 },
  );

describe('an address of our own network, in every spelling', () => {
  it('is refused when a subscription is made or changed', async () => {
    const { body } = await register('https://sale.example.vn/hook');
    await Promise.all(
      spellings().map(async (url) => {
        // PostgreSQL's text holds no zero byte; the URL is refused before it gets there.
        const answers = [await register(url), await world.patch(shop, `/webhook-configs/${body.id}`, { url })];
        for (const answer of answers) {
          expect([url, answer.status, answer.body.errors?.[0]?.pointer]).toEqual([url, 422, '/url']);
        }
      }),
    );
    const [row] = await world.sql('SELECT count(*)::int AS rows, min(url) AS url FROM "WebhookConfig"');
    expect(row).toEqual({ rows: 1, url: 'https://sale.example.vn/hook' });
    expect([opened(), watch.accepted]).toEqual([[], 0]);
  });

  it('is never called by a test message, and dies at its first try', async () => {
    // A text with a zero byte cannot stand in a row.
    const urls = spellings().filter((url) => !url.includes('\u0000'));
    const ids: string[] = [];
    for (const url of urls) ids.push(await stored(url));
    await Promise.all(
      ids.map(async (id) => expect((await world.post(shop, `/webhook-configs/${id}/test`, {})).status).toBe(202)),
    );
    const rows = await ended(ids);
    for (const row of rows) expect(row).toMatchObject({ tries: 1, stored: 1, death: 'FINAL' });
    expect([opened(), watch.accepted]).toEqual([[], 0]);
  });

  it('is never called by a delivery', async () => {
    const ids: string[] = [];
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0x7f.1', 'localhost']) {
      ids.push(await stored(`https://${host}:${watch.port}/hook`), await stored(`http://${host}:${watch.port}/hook`));
    }
    await world.sql('UPDATE "WebhookConfig" SET status = $2 WHERE NOT id = ANY($1)', [ids, '401_DEACTIVATED']);
    const { attempt } = (await world.checkout(shop)).body;
    await world.post(shop, '/payments/system/ipn', { attempt: { id: attempt.id }, tendered: 100_000 });
    const rows = await ended(ids);
    expect(rows.every((row) => row['tries'] === 1 && row['death'] === 'FINAL')).toBe(true);
    expect([opened(), watch.accepted]).toEqual([[], 0]);
  });
});

describe('the same listener, when its network is allowed', () => {
  it('is reached, and where it redirects to is not', async () => {
    const sibling = await PaymentWorld.start({ extra: { APP_ENV_WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8,::1/128' } });
    const redirecting = createServer((_request, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${watch.port}/` }).end();
    }).listen(0, '127.0.0.1');
    await once(redirecting, 'listening');
    const { port } = redirecting.address() as AddressInfo;
    const own = await sibling.shop(null);
    const tried = async (url: string) => {
      const eventTypes = ['mq-pay:transaction.settled'];
      const { status, body } = await sibling.post(own, '/webhook-configs', {
        name: 'x',
        url,
        eventTypes,
        metadata: { maxRetries: 0 },
      });
      const test = await sibling.post(own, `/webhook-configs/${body.id}/test`, {});
      expect([status, test.status]).toEqual([201, 202]);
      const died = async () => {
        const [row] = await sibling.sql(
          'SELECT status, last_error FROM "WebhookDelivery" WHERE webhook_config_id = $1',
          [body.id],
        );
        if (row?.['status'] !== 'DEAD') throw new Error(JSON.stringify(row));
        return row['last_error'];
      };
      return eventually(died);
    };
    try {
      expect(await tried(`http://127.0.0.1:${port}/hook`)).toBe('status 307');
      expect([opened(), watch.accepted]).toEqual([[], 0]);
      for (const base of ['http://127.0.0.1', 'https://[::1]', 'http://localhost']) {
        const before = watch.accepted;
        await tried(`${base}:${watch.port}/hook`);
        expect(watch.accepted).toBe(before + 1);
      }
    } finally {
      redirecting.close();
      await sibling.stop();
    }
  });
});
