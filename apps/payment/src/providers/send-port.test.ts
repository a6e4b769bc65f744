import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadConfig } from '@nx/config';
import { Logger, Metrics } from '@nx/observability';
import { testDatabase, testEnvironment, type TestDatabase } from '@nx/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PaymentConfig } from '../payment.config';
import { SendPort } from './send-port';

const lines: Record<string, unknown>[] = [];
let database: TestDatabase;
let silent: Server;
let sending: SendPort;
const metrics = new Metrics({ processMetrics: false });
beforeAll(async () => {
  database = await testDatabase({ service: 'payment' });
  const environment = testEnvironment('payment', {
    database,
    redisUrl: 'redis://127.0.0.1:9',
    kafkaBrokers: ['127.0.0.1:9'],
    prefix: 'send-port',
    extra: {
      APP_ENV_APPLICATION_SECRET: 'a-secret-of-the-tests-with-more-than-32-characters',
      APP_ENV_PROVIDER_TIMEOUT_MS: '1000',
      APP_ENV_PROVIDER_ALLOWED_NETWORKS: '127.0.0.0/8',
    },
  });
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const logger = Logger.create({ service: 'payment', mode: 'test', destination });
  sending = new SendPort(loadConfig(PaymentConfig, environment, { service: 'payment' }), logger, metrics);
  // Takes every request, and answers none.
  silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
});
afterEach(() => lines.splice(0));
afterAll(async () => {
  await sending.onApplicationShutdown();
  silent.closeAllConnections();
  await new Promise((resolve) => silent.close(resolve));
  await database.drop();
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const call = (port: number): Promise<unknown> =>
  sending.for({ provider: 'VNPAY_QR_MMS', attemptId: 'A1', kind: 'REFUND' })({
    method: 'POST',
    url: `http://127.0.0.1:${port}/mms/refund`,
    headers: { 'content-type': 'application/json' },
    body: '{"secret":"of nobody’s concern"}',
  });

describe('a call of a provider', () => {
  it('that is not answered in time is logged as operators look for it, with what it was about', async () => {
    await expect(call(portOf(silent))).rejects.toThrow();
    expect(lines).toMatchObject([
      { msg: 'gateway timeout', level: 'warn', paymentProvider: 'VNPAY_QR_MMS', attemptId: 'A1', sent: true },
    ]);
    expect(lines[0]?.['durationMs']).toBeGreaterThanOrEqual(900);
    expect(JSON.stringify(lines)).not.toContain('concern');
  });

  it('that reaches nobody is logged as something else: it was provably not sent', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const port = portOf(gone);
    await new Promise((resolve) => gone.close(resolve));
    await expect(call(port)).rejects.toThrow();
    expect(lines).toMatchObject([{ msg: 'provider unreachable', attemptId: 'A1', sent: false }]);
  });

  it('is counted by how it ended, also when the breaker lets none out', async () => {
    const failing = createServer((_request, response) => response.writeHead(500).end());
    await new Promise<void>((resolve) => failing.listen(0, '127.0.0.1', resolve));
    const counted = async (result: string): Promise<number> => {
      const text = await metrics.render();
      return Number(new RegExp(`result="${result}"} (\\d+)`).exec(text.slice(text.indexOf('VNPAY_QR_MMS')))?.[1]);
    };
    const before = await counted('NOT_CALLED');
    for (let call_ = 0; call_ < 5; call_ += 1) await call(portOf(failing));
    expect(await counted('SERVER_ERROR')).toBe(5);
    await expect(call(portOf(failing))).rejects.toThrow('breaker is open');
    expect(await counted('NOT_CALLED')).toBe(before + 1);
    expect([await counted('TIMEOUT'), await counted('NETWORK')]).toEqual([1, 1]);
    expect(await counted('ANSWERED')).toBe(0);
    await new Promise((resolve) => failing.close(resolve));
  });
});
