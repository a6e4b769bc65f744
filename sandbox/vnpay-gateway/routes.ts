import type { FastifyInstance } from 'fastify';
import { serveWithFaults } from '../faults/serve-with-faults';
import type { Sandbox } from '../sandbox';
import type { Members } from './hashes';
import { errorPage, payPage } from './page';

/** The texts among an object's members; the vendor refuses others as malformed anyway. */
function texts(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

export function gatewayRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { gateway, faults, stop } = sandbox;

  app.get('/paymentv2/vpcpay.html', async (request, reply) => {
    const link = gateway.open(texts(request.query));
    const html = reply.type('text/html; charset=utf-8');
    if (link.order === undefined) return html.code(400).send(errorPage(...link.refusal));
    return html.send(await payPage(link.order, `${request.protocol}://${request.host}${request.url}`));
  });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(body.toString()))),
  );
  app.post('/paymentv2/confirm', async (request, reply) => {
    const { returnUrl } = await gateway.pay(texts(request.body));
    return reply.redirect(returnUrl, 303);
  });
  app.post('/merchant_webapi/api/transaction', (request, reply) => {
    const body = texts(request.body);
    const isRefund = body['vnp_Command'] === 'refund';
    const drawn = faults.draw(isRefund ? 'vnpay-gateway.refund' : 'vnpay-gateway.query', body['vnp_TxnRef'] ?? '');
    return serveWithFaults(reply, drawn, stop.signal, () => ({
      status: 200,
      body: isRefund ? gateway.refund(body, drawn) : gateway.query(body, drawn),
    }));
  });

  app.post('/vnpay/gateway/terminals', async (request, reply) =>
    reply.code(201).send({ terminal: gateway.register(request.body) }),
  );
  app.get('/vnpay/gateway/terminals', async () => ({ data: gateway.allTerminals() }));
  app.get('/vnpay/gateway/orders', async () => ({ data: gateway.allOrders() }));
  app.get('/vnpay/gateway/payments', async () => ({ data: gateway.allPayments() }));
  app.post('/vnpay/gateway/buyers/pay', async (request) => gateway.pay(request.body));
  app.post('/vnpay/gateway/buyers/ipn', async (request) => gateway.callAgain(request.body));
}
