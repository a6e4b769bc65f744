import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cut, serveWithFaults, type WireAnswer } from '../faults/serve-with-faults';
import { tokenProblem } from '../identity/tokens';
import type { Sandbox } from '../sandbox';
import { Reader } from '../shared/reader';
import { rawBodyOf } from '../shared/raw-body';
import { readWebhook } from './webhook-body';
import { signatureProblem } from './webhook-signature';

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

/** Verifies first, on the raw body; only then is the body looked at. */
function receive(sandbox: Sandbox, request: FastifyRequest): WireAnswer {
  const { sale } = sandbox;
  const raw = rawBodyOf(request);
  const eventType = header(request, 'x-webhook-event-type');
  const refuse = (status: number, reason: string): WireAnswer => {
    sale.reject(status, reason, request.headers, raw);
    return { status, body: { statusCode: status, message: reason } };
  };
  if (sale.secrets.length === 0) return refuse(401, 'no webhook secret was given to sale (PUT /sale/webhook-secret)');
  const problem = signatureProblem(
    { signature: header(request, 'x-webhook-signature'), timestamp: header(request, 'x-webhook-timestamp'), eventType },
    raw,
    sale.secrets,
    Date.now(),
  );
  if (problem !== undefined) return refuse(401, problem);
  const webhook = readWebhook(request.body, eventType ?? '', header(request, 'x-webhook-sequence'));
  if (typeof webhook === 'string') return refuse(422, webhook);
  return { status: 200, body: { received: true, outcome: sale.receive(webhook, request.body) } };
}

function unavailable(sandbox: Sandbox, reply: FastifyReply): boolean {
  const { availability } = sandbox.sale;
  if (availability.mode === 'down') cut(reply);
  if (availability.mode === 'status') {
    if (availability.retryAfter !== undefined) reply.header('retry-after', String(availability.retryAfter));
    void reply
      .code(availability.status)
      .send({ statusCode: availability.status, message: 'sale was told to answer so' });
  }
  return availability.mode !== 'up';
}

function controlRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { sale } = sandbox;
  app.post('/sale/orders', async (request, reply) => {
    const { order } = sale.createOrder(request.body);
    return reply.code(201).send({ order });
  });
  app.get('/sale/orders', async () => ({ data: sale.all() }));
  app.get<{ Params: { id: string } }>('/sale/orders/:id', async (request) => sale.file(request.params.id));
  app.post<{ Params: { id: string } }>('/sale/orders/:id/produce', async (request) => ({
    event: await sale.produceByHand(request.params.id, request.body),
  }));
  app.put('/sale/settings', async (request) => sale.setDefaults(request.body));
  app.put('/sale/webhook-secret', async (request) => {
    const read = new Reader(request.body);
    const given = read.optionalTexts('secrets') ?? [read.text('secret')];
    sale.accept(read.flag('add') ? [...sale.secrets, ...given] : given);
    return { accepted: sale.secrets.length };
  });
  app.post('/sale/subscriber', async (request) => {
    const read = new Reader(request.body);
    const mode = read.oneOf('mode', ['up', 'down', 'status']);
    sale.availability =
      mode === 'status'
        ? { mode, status: read.integer('status'), retryAfter: read.optionalInteger('retryAfter') }
        : { mode };
    return sale.availability;
  });
  app.get('/sale/webhooks', async () => ({ rejects: sale.rejects, strays: sale.strays }));
}

export function saleRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { sale, faults, keys, stop } = sandbox;
  controlRoutes(app, sandbox);

  app.post('/v1/api/sale/webhooks/payment', async (request, reply) => {
    if (unavailable(sandbox, reply)) return reply;
    const body = request.body as
      { payload?: { transaction?: { sourceId?: unknown }; attempt?: { uid?: unknown } } } | undefined;
    const key = body?.payload?.transaction?.sourceId ?? body?.payload?.attempt?.uid ?? '';
    await serveWithFaults(reply, faults.draw('sale.webhook', String(key)), stop.signal, () =>
      receive(sandbox, request),
    );
    return reply;
  });

  app.get<{ Params: { id: string } }>('/v1/api/sale/orders/:id', async (request, reply) => {
    if (unavailable(sandbox, reply)) return reply;
    await serveWithFaults(reply, faults.draw('sale.orders', request.params.id), stop.signal, () => {
      const problem = tokenProblem(keys, header(request, 'authorization'));
      if (problem !== undefined) return { status: 401, body: { statusCode: 401, message: problem } };
      const order = sale.publicOrder(request.params.id);
      return order === undefined
        ? { status: 404, body: { statusCode: 404, message: 'no such order' } }
        : { status: 200, body: order };
    });
    return reply;
  });
}
