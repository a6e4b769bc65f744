import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  HealthRegistry,
  Logger,
  Metrics,
  NestLoggerAdapter,
  ObservabilityModule,
  redact,
  redactText,
  runWithContext,
  startMetricsServer,
} from './index';
import type { AddressInfo } from 'node:net';

function recorder(): { logger: Logger; lines: () => Record<string, unknown>[]; text: () => string } {
  const raw: string[] = [];
  const destination = { write: (line: string): void => void raw.push(line) };
  const logger = Logger.create({ service: 'payment', mode: 'api', level: 'debug', destination });
  return {
    logger,
    lines: () => raw.map((line) => JSON.parse(line) as Record<string, unknown>),
    text: () => raw.join(''),
  };
}

describe('redact', () => {
  it('takes sensitive members out at any depth, in arrays and in causes', () => {
    const value = {
      a: [
        {
          b: {
            merchantPassword: 'x1',
            'X-Authorization': 'x2',
            buyerName: 'x3',
            contact: { email: 'x4', phoneNumber: 'x5' },
          },
        },
      ],
      credentials: { terminal: 'x6' },
      fencingToken: '42',
      paid: true,
    };
    const text = JSON.stringify(redact(value));
    expect(text).not.toMatch(/x[1-6]/);
    expect(text).toContain('"fencingToken":"42"');
    expect(text).toContain('"paid":true');
  });

  it('masks what is secret by its form in any text', () => {
    expect(redactText('card 4111 1111 1111 1111.')).toBe('card ************1111.');
    expect(redactText('card 9704198526191432198')).toMatch(/\*{15}2198|9704198526191432198/);
    expect(redactText('Authorization: Bearer abcdefghijkl')).not.toContain('abcdefghijkl');
    expect(redactText('postgres://nx:pa55@db/x')).toBe('postgres://nx:[redacted]@db/x');
    expect(redactText('to chi.pham@example.vn or 0912 345 678')).toBe('to [redacted] or [redacted]');
    expect(redactText('GET /claims?token=abc&x=1')).toBe('GET /claims?token=[redacted]&x=1');
  });

  it('leaves ids, amounts and times readable', () => {
    const text = 'IQBapalCzY 249385230413074432 100000 2026-11-20T04:07:52.284Z 1795221227785';
    expect(redactText(text)).toBe(text);
  });

  it('gives JSON for anything, circles and big numbers too', () => {
    const circle: Record<string, unknown> = { n: 1n, date: new Date(Number.NaN), bytes: Buffer.from('x') };
    circle['self'] = circle;
    expect(redact(circle)).toEqual({ n: '1', date: 'invalid date', bytes: '[1 bytes]', self: '[circular]' });
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withMap: true, withSet: true, withDate: true }), (value) => {
        expect(() => JSON.stringify(redact(value))).not.toThrow();
      }),
    );
  });
});

describe('Logger', () => {
  it('writes service, mode, node id and the ids of the request', () => {
    const { logger, lines } = recorder();
    logger.setNodeId(7);
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    runWithContext({ requestId: 'r1', traceparent, transactionId: 't1' }, () =>
      logger.child({ attemptId: 'at1' }).info('done'),
    );
    expect(lines()[0]).toMatchObject({
      level: 'info',
      service: 'payment',
      mode: 'api',
      nodeId: 7,
      requestId: 'r1',
      traceId: 'a'.repeat(32),
      transactionId: 't1',
      attemptId: 'at1',
      msg: 'done',
    });
    expect(lines()[0]).not.toHaveProperty('traceparent');
  });

  it('keeps secrets out of errors, children, messages and the security stream', () => {
    const { logger, lines, text } = recorder();
    const error = Object.assign(new Error('login postgres://u:s3cret@h failed', { cause: { password: 's3cret' } }), {
      code: 'X1',
      detail: 's3cret',
    });
    logger.error('failed for s3@cret.vn', { error });
    logger.child({ token: 's3cret' }).warn('x');
    logger.security('forged callback', { provider: 'VNPAY', signature: 's3cret' });
    expect(text()).not.toMatch(/s3cret|s3@cret/);
    expect(lines()[0]).toMatchObject({ error: { type: 'Error', code: 'X1' } });
    expect(lines()[2]).toMatchObject({ stream: 'security', provider: 'VNPAY' });
  });

  it("carries Nest's lines", () => {
    const { logger, lines } = recorder();
    new NestLoggerAdapter(logger).error('broken', 'Error: broken\n    at x', 'Router');
    expect(lines()[0]).toMatchObject({
      level: 'error',
      msg: 'broken',
      context: 'Router',
      stack: 'Error: broken\n    at x',
    });
  });
});

describe('HealthRegistry', () => {
  it('is ready when all that counts is well, and says what is not', async () => {
    const health = new HealthRegistry();
    let up = true;
    health.register({ name: 'db', readiness: true, check: () => ({ ok: up, detail: up ? 'up' : 'down' }) });
    health.register({
      name: 'provider',
      readiness: false,
      check: () => Promise.reject(Object.assign(new Error('secret host'), { code: 'ECONNREFUSED' })),
    });
    expect((await health.ready()).ok).toBe(true);
    up = false;
    expect(await health.ready()).toEqual({
      ok: false,
      status: 'unavailable',
      indicators: [{ name: 'db', readiness: true, ok: false, detail: 'down' }],
    });
    const deep = await health.deep();
    expect(deep.indicators[1]).toEqual({ name: 'provider', readiness: false, ok: false, detail: 'Error ECONNREFUSED' });
    up = true;
    health.setStopping();
    expect(await health.ready()).toMatchObject({ ok: false, status: 'stopping' });
    expect(health.live().ok).toBe(true);
    expect(() => health.register({ name: 'db', readiness: true, check: () => ({ ok: true }) })).toThrow('twice');
  });
});

describe('Metrics', () => {
  it('serves one metric per name in the text format, on its own port', async () => {
    const metrics = new Metrics({ service: 'payment', processMetrics: false });
    metrics.counter('sales_total', 'Sales', ['provider']).inc({ provider: 'VNPAY' });
    metrics.counter('sales_total', 'Sales', ['provider']).inc({ provider: 'VNPAY' });
    metrics.gauge('age_seconds', 'Age', [], (gauge) => gauge.set(5));
    expect(() => metrics.gauge('sales_total', 'x')).toThrow('another kind');
    const server = await startMetricsServer(metrics, 0, '127.0.0.1');
    try {
      const { port } = server.address() as AddressInfo;
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      expect(text).toContain('sales_total{provider="VNPAY",service="payment"} 2');
      expect(text).toContain('age_seconds{service="payment"} 5');
      expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('leaves out the gauges that cannot be read, and shows all others', async () => {
    const metrics = new Metrics({ processMetrics: false });
    let away = false;
    const read = (value: number) => (gauge: { set(value: number): void }) => {
      if (away) throw new Error('the database is away');
      gauge.set(value);
    };
    metrics.gauge('unknown_outcomes', 'Unknown', [], read(3));
    metrics.gauge('waiting', 'Waiting', ['route'], async (gauge) =>
      read(4)({ set: (n) => gauge.set({ route: 'r' }, n) }),
    );
    metrics.gauge('lease_held', 'Held', [], (gauge) => gauge.set(0));
    expect(await metrics.render()).toContain('unknown_outcomes 3');
    away = true;
    const text = `${await metrics.render()}${await metrics.render()}`;
    expect(text).toContain('lease_held 0');
    expect(text).not.toMatch(/^(unknown_outcomes|waiting)\b.* \d/m);
    const failed = await metrics.registry.getSingleMetricAsString('metrics_gauges_failed_total');
    expect(failed).toContain('{gauge="unknown_outcomes"} 2');
    away = false;
    expect(await metrics.render()).toMatch(/unknown_outcomes 3[^]*waiting\{route="r"\} 4/);
  });
});

describe('a gauge that hangs on a frozen server', () => {
  it('is left out after two seconds and not asked again before it has answered', async () => {
    vi.useFakeTimers();
    try {
      const metrics = new Metrics({ processMetrics: false });
      let asked = 0;
      let answer = (): void => undefined;
      metrics.gauge('unknown_outcomes', 'Unknown', [], async (gauge) => {
        asked += 1;
        if (asked === 2) await new Promise<void>((resolve) => (answer = resolve));
        gauge.set(asked);
      });
      metrics.gauge('lease_held', 'Held', [], (gauge) => gauge.set(0));
      const render = async (): Promise<string> => {
        const text = metrics.render();
        await vi.advanceTimersByTimeAsync(2000);
        return text;
      };
      expect(await render()).toContain('unknown_outcomes 1');
      for (const failures of [1, 2]) {
        const text = await render();
        expect(text).not.toMatch(/^unknown_outcomes \d/m);
        expect(text).toContain('lease_held 0');
        const next = await metrics.registry.getSingleMetricAsString('metrics_gauges_failed_total');
        expect(next).toContain(`{gauge="unknown_outcomes"} ${failures}`);
      }
      expect(asked).toBe(2);
      answer();
      expect(await render()).toContain('unknown_outcomes 2');
      expect(await render()).toContain('unknown_outcomes 3');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('a counter', () => {
  it('shows what it knows of before anything has happened', async () => {
    const metrics = new Metrics({ processMetrics: false });
    const known = [{ outcome: 'DELIVERED' }, { outcome: 'DEAD' }];
    metrics.counter('tries_total', 'Tries', ['outcome'], known).inc({ outcome: 'DEAD' });
    const text = await metrics.render();
    expect(text).toContain('tries_total{outcome="DELIVERED"} 0');
    expect(text).toContain('tries_total{outcome="DEAD"} 1');
  });
});

describe('readiness', () => {
  it('is a metric for each thing that the process needs', async () => {
    const { providers } = ObservabilityModule.forRoot({
      service: 'payment',
      mode: 'api',
      config: { logLevel: 'silent' },
    });
    const factoryOf = (token: unknown) =>
      providers?.find((provider) => (provider as { provide?: unknown }).provide === token) as {
        useFactory: (...needs: unknown[]) => unknown;
      };
    const metrics = factoryOf(Metrics).useFactory() as Metrics;
    const health = factoryOf(HealthRegistry).useFactory(metrics) as HealthRegistry;
    health.register({ name: 'redis', readiness: true, check: () => ({ ok: true }) });
    health.register({ name: 'postgres', readiness: true, check: () => Promise.reject(new Error('away')) });
    health.register({ name: 'queues', readiness: false, check: () => ({ ok: true }) });
    const text = await metrics.render();
    expect(text).toMatch(/health_indicator_ready\{indicator="redis"[^}]*\} 1/);
    expect(text).toMatch(/health_indicator_ready\{indicator="postgres"[^}]*\} 0/);
    expect(text).not.toContain('indicator="queues"');
  });
});
