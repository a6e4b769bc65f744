import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ERROR_CATALOGUE } from '@nx/contracts';
import { HealthRegistry } from '@nx/observability';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { portOf, slow, start, store } from './test-app.fixture';

let app: NestFastifyApplication;
let base: string;

beforeAll(async () => {
  app = await start();
  base = `http://127.0.0.1:${portOf(app)}/v1/api/payment`;
});

afterAll(async () => {
  await app.close();
});

interface Result {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

const call = async (path: string, init: RequestInit = {}): Promise<Result> => {
  const response = await fetch(`${base}${path}`, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
};

const post = (path: string, body: string, headers: Record<string, string> = {}): Promise<Result> =>
  call(path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

const expectProblem = (result: Result, status: number, code: string): void => {
  expect(result.status).toBe(status);
  expect(result.headers.get('content-type')).toContain('application/problem+json');
  expect(result.body).toMatchObject({
    status,
    statusCode: status,
    code,
    title: ERROR_CATALOGUE[code as keyof typeof ERROR_CATALOGUE].title,
    remedy: ERROR_CATALOGUE[code as keyof typeof ERROR_CATALOGUE].remedy,
    message: result.body['detail'],
    requestId: result.headers.get('x-request-id'),
  });
  expect(result.body['type']).toBe(`urn:nx:problem:${code}`);
  expect(result.body['instance']).toMatch(/^\/v1\/api\/payment/);
};

describe('bodies', () => {
  it.each([
    ['cut JSON', '{"total": 1', 400, 'request.malformed'],
    ['prototype key', '{"total":1,"__proto__":{"x":1}}', 400, 'request.malformed'],
    ['constructor.prototype', '{"total":1,"constructor":{"prototype":{"x":1}}}', 400, 'request.malformed'],
    ['bomb of brackets', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, 400, 'request.malformed'],
    ['too large', JSON.stringify({ total: 1, note: 'x'.repeat(1024 * 1024) }), 413, 'request.too_large'],
    ['an array', '[]', 422, 'request.invalid'],
  ])('refuses %s', async (_name, body, status, code) => {
    const result = await post('/orders', body);
    expect(result.status).toBe(status);
    expectProblem(result, status, code);
  });

  it('refuses a content type that the route does not declare, and takes the one it does', async () => {
    expectProblem(
      await post('/orders', 'total=1', { 'content-type': 'text/plain' }),
      415,
      'request.unsupported_media_type',
    );
    expectProblem(
      await post('/orders', 'total=1', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'request.unsupported_media_type',
    );
    expect((await post('/orders/text', 'hello', { 'content-type': 'text/plain; charset=utf-8' })).body).toEqual({
      length: 5,
    });
  });

  it('hands a provider callback its bytes, parsed by nobody, up to 64 KiB', async () => {
    const body = '{"b": 1,  "a": 9007199254740993 }';
    expect((await post('/orders/callback', body)).body).toEqual({ text: body });
    expect((await post('/orders/callback', 'not json')).body).toEqual({ text: 'not json' });
    expectProblem(
      await post('/orders/callback', 'x'.repeat(64 * 1024 + 1), { 'content-type': 'text/plain' }),
      413,
      'request.too_large',
    );
  });
});

describe('validation', () => {
  it('names each wrong member once with its pointer', async () => {
    const result = await post(
      '/orders',
      JSON.stringify({ total: 'x', hacked: 1, lines: [{ name: 'a' }, { name: 7, 'odd/name': 1 }] }),
    );
    expectProblem(result, 422, 'request.invalid');
    const errors = result.body['errors'] as { pointer: string; detail: string }[];
    expect(errors.map((error) => error.pointer).sort()).toEqual([
      '/hacked',
      '/lines/1/name',
      '/lines/1/odd~1name',
      '/total',
    ]);
    expect(errors.find((error) => error.pointer === '/hacked')?.detail).toBe('is not a member of this request');
  });

  it('refuses card numbers in free text but not in members of a pinned format', async () => {
    const result = await post('/orders', JSON.stringify({ total: 1, lines: [{ name: 'card 4111 1111 1111 1111' }] }));
    expectProblem(result, 422, 'request.card_number');
    expect(result.body['errors']).toEqual([{ pointer: '/lines/0/name', detail: 'holds a card number' }]);
    expect(JSON.stringify(result.body)).not.toContain('4111');
    expect((await post('/orders', JSON.stringify({ total: 1, taxCode: '4222222222222' }))).status).toBe(201);
    expect((await post('/orders', JSON.stringify({ total: 1, note: '4111111111111112' }))).status).toBe(201);
  });

  it('checks the query of lists and makes cursors', async () => {
    const first = await call('/orders?limit=1');
    expect(first.body['data']).toEqual([{ id: 'B', at: 2 }]);
    expect(first.body['nextCursor']).toEqual(expect.any(String));
    expect((await call('/orders?limit=5')).body['nextCursor']).toBeNull();
    const bad = await call('/orders?limit=0&x=1');
    expectProblem(bad, 422, 'request.invalid');
    expect((bad.body['errors'] as { pointer: string }[]).map((error) => error.pointer).sort()).toEqual([
      '/limit',
      '/x',
    ]);
  });
});

describe('errors', () => {
  it('tells nothing of the inside', async () => {
    const result = await call('/orders/fails?token=abc');
    expectProblem(result, 500, 'service.internal');
    expect(JSON.stringify(result.body)).not.toMatch(/SELECT|secret|token|at /);
    expectProblem(await call('/orders/away'), 503, 'service.unavailable');
    expectProblem(await call('/nowhere'), 404, 'request.not_found');
    expect((await call('/orders/%E0%A4%A')).status).toBe(400);
  });

  it('adds members but lets none replace the standard ones', async () => {
    const result = await call('/orders/extra');
    expectProblem(result, 409, 'payment.checkout.active_transaction_exists');
    expect(result.body['transactionId']).toBe('T1');
    expect(result.headers.get('retry-after')).toBe('2');
  });
});

describe('context', () => {
  it('takes a good request id, replaces a bad one, and keeps it after the body', async () => {
    const good = await call('/orders/context', { headers: { 'x-request-id': 'abc.DEF-1_2' } });
    expect([good.headers.get('x-request-id'), good.body['requestId']]).toEqual(['abc.DEF-1_2', 'abc.DEF-1_2']);
    for (const bad of ['a b', 'x'.repeat(65), 'a,b']) {
      const result = await call('/orders/context', { headers: { 'x-request-id': bad } });
      expect(result.headers.get('x-request-id')).toMatch(/^[A-Za-z0-9._-]{16}$/);
    }
    const after = await post('/orders/context', '{"total":1}', { 'x-request-id': 'after-body' });
    expect(after.body['requestId']).toBe('after-body');
  });

  it('keeps it when the body comes later than the headers', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'x-request-id': 'late-body', expect: '100-continue' };
      const request = httpRequest(`${base}/orders/context`, { method: 'POST', headers }, (response) => {
        let answer = '';
        response.on('data', (chunk: Buffer) => (answer += chunk.toString('utf8')));
        response.on('end', () => resolve(answer));
      });
      request.on('error', reject);
      // The server has read the headers when it says so; only then is the body sent.
      request.on('continue', () => request.end('{"total":1}'));
      request.flushHeaders();
    });
    expect(JSON.parse(text)).toMatchObject({ requestId: 'late-body' });
  });

  it('continues a trace with its own span', async () => {
    const given = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { traceparent } = (await call('/orders/context', { headers: { traceparent: given } })).body as {
      traceparent: string;
    };
    expect(traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/);
    expect(traceparent).not.toBe(given);
    const fresh = (
      await call('/orders/context', { headers: { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` } })
    ).body;
    expect(fresh['traceparent']).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });
});

describe('idempotency', () => {
  it('replays, refuses another body, and leaves nothing of a refusal', async () => {
    const key = { 'idempotency-key': 'k-1' };
    const first = await post('/orders', '{"total":5,"note":"n"}', key);
    const again = await post('/orders', '{"note":"n", "total":5}', key);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect([first.headers.get('idempotency-replayed'), again.headers.get('idempotency-replayed')]).toEqual([
      null,
      'true',
    ]);
    expectProblem(await post('/orders', '{"total":6,"note":"n"}', key), 422, 'idempotency.key_reused');
    const refused = { 'idempotency-key': 'k-2' };
    expectProblem(await post('/orders', '{"total":5,"note":"refuse"}', refused), 409, 'payment.cancel.already_paid');
    expect((await post('/orders', '{"total":5}', refused)).status).toBe(201);
  });

  it('keeps the key with its body when nobody knows what became of the first run', async () => {
    const body = JSON.stringify({ total: 9, note: 'break' });
    const send = () => post('/orders', body, { 'idempotency-key': 'k-4' });
    let first = await send();
    // Every other run breaks; which one is next depends on the tests before.
    if (first.status === 201) {
      store.rows.clear();
      first = await send();
    }
    expect(first.status).toBe(500);
    expectProblem(await post('/orders', '{"total":1}', { 'idempotency-key': 'k-4' }), 422, 'idempotency.key_reused');
    const again = await send();
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect((await send()).headers.get('idempotency-replayed')).toBe('true');
  });

  it.each([
    ['once, and the repetition is replayed', 1, 201],
    ['for good: the caller hears of the effect, and the key stays taken', 2, 409],
  ])('completes a key whose connection breaks %s', async (_what, failures, repeated) => {
    store.rows.clear();
    store.failures = failures;
    const send = () => post('/orders', '{"total":7}', { 'idempotency-key': 'k-5' });
    expect((await send()).status).toBe(201);
    expect(store.failures).toBe(0);
    expect((await send()).status).toBe(repeated);
  });

  it('says when the first request still runs', async () => {
    store.rows.clear();
    const request = { total: 8 };
    await post('/orders', JSON.stringify(request), { 'idempotency-key': 'k-3' });
    for (const row of store.rows.values()) delete row.answer;
    const result = await post('/orders', JSON.stringify(request), { 'idempotency-key': 'k-3' });
    expectProblem(result, 409, 'idempotency.in_progress');
    expect(result.headers.get('retry-after')).toBe('15');
  });

  it('refuses two headers and odd keys', async () => {
    for (const bad of ['x'.repeat(256), 'tab\tkey']) {
      expectProblem(await post('/orders', '{"total":5}', { 'idempotency-key': bad }), 400, 'idempotency.key_invalid');
    }
    const answer = await raw(
      'POST /v1/api/payment/orders HTTP/1.1\r\nHost: x\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\nContent-Type: application/json\r\nContent-Length: 11\r\nConnection: close\r\n\r\n{"total":5}',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect(answer).toContain('idempotency.key_invalid');
  });

  it('lets a handler choose status and headers', async () => {
    const result = await post('/orders/answer', '');
    expect([result.status, result.headers.get('idempotency-replayed'), result.body]).toEqual([
      202,
      'true',
      { again: true },
    ]);
  });
});

/** Sends bytes as they are and returns all that comes back. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(portOf(app), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('utf8')));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });

describe('edge', () => {
  it('serves probes, Swagger UI and the document under helmet', async () => {
    expect((await call('/healthz')).body).toMatchObject({ ok: true });
    for (const path of ['/readyz', '/health', '/health/ready', '/health/live'])
      expect((await call(path)).status).toBe(200);
    const ui = await fetch(`${base}/doc`);
    expect(ui.status).toBe(200);
    expect(await ui.text()).toContain('swagger-ui');
    expect(ui.headers.get('content-security-policy')).toContain("script-src 'self'");
    const script = await fetch(`${base}/doc/swagger-ui-init.js`);
    expect(script.status).toBe(200);
    const document = (await call('/doc/openapi.json')).body as {
      paths: Record<string, { post?: { responses: object } }>;
    };
    expect(Object.keys(document.paths)).toContain('/v1/api/payment/orders');
    expect(Object.keys(document.paths).some((path) => path.includes('internal'))).toBe(false);
    expect(Object.keys(document.paths['/v1/api/payment/orders']?.post?.responses ?? {})).toEqual(
      expect.arrayContaining(['400', '422']),
    );
  });

  it('allows only listed origins', async () => {
    const listed = await call('/healthz', { headers: { origin: 'https://pos.example.vn' } });
    expect(listed.headers.get('access-control-allow-origin')).toBe('https://pos.example.vn');
    const foreign = await call('/healthz', { headers: { origin: 'https://evil.example' } });
    expect(foreign.headers.get('access-control-allow-origin')).not.toBe('https://evil.example');
  });

  it('refuses a header of 10 MB and goes on', async () => {
    const answer = await raw(
      `GET /v1/api/payment/healthz HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(200_000)}\r\n\r\n`,
    ).catch(() => 'cut');
    expect(answer === 'cut' || /431/.test(answer)).toBe(true);
    expect((await call('/healthz')).status).toBe(200);
  });

  it('is not ready while it stops', async () => {
    const other = await start();
    const address = `http://127.0.0.1:${portOf(other)}/v1/api/payment`;
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    other.get(HealthRegistry).setStopping();
    expect((await fetch(`${address}/readyz`)).status).toBe(503);
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    await other.close();
  });

  it('routes no REST in a worker, but probes', async () => {
    const worker = await start({ RUN_MODE: 'worker' });
    const address = `http://127.0.0.1:${portOf(worker)}/v1/api/payment`;
    expect((await fetch(`${address}/readyz`)).status).toBe(200);
    expect((await fetch(`${address}/orders`)).status).toBe(404);
    expect((await fetch(`${address}/doc`)).status).toBe(404);
    await worker.close();
  });

  it('keeps a running request when it closes', async () => {
    const other = await start();
    const pending = fetch(`http://127.0.0.1:${portOf(other)}/v1/api/payment/orders/slow`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    await expect.poll(() => slow.release !== undefined, { timeout: 5000 }).toBe(true);
    const closed = other.close();
    slow.release?.();
    expect((await pending).status).toBe(200);
    await closed;
  });
});
