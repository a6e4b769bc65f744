import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Drawn, FaultTarget } from '../faults/faults';
import { serveWithFaults } from '../faults/serve-with-faults';
import type { Sandbox } from '../sandbox';

type Body = Record<string, unknown>;

/** An object, or one without members where the caller sent something else. */
function bodyOf(value: unknown): Body {
  let parsed: unknown = value;
  if (typeof value === 'string') {
    try {
      parsed = JSON.parse(value);
    } catch {
      parsed = undefined;
    }
  }
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as Body) : {};
}

export function qrMmsRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { qrMms, faults, stop } = sandbox;
  const serve = (
    reply: FastifyReply,
    target: FaultTarget,
    key: unknown,
    act: (drawn: Drawn) => unknown,
  ): Promise<void> => {
    const drawn = faults.draw(target, String(key ?? ''));
    return serveWithFaults(reply, drawn, stop.signal, () => ({ status: 200, body: act(drawn) }));
  };

  // The vendor takes JSON under text/plain here; another content type is a client that was never tried against it.
  app.post('/QRCreateAPIRestV2/rest/CreateQrcodeApi/createQrcode', (request, reply) => {
    const plain = /^text\/plain\b/i.test(request.headers['content-type'] ?? '');
    const body = plain ? bodyOf(request.body) : {};
    const reference = body['billNumber'] || body['txnId'];
    return serve(reply, 'vnpay-qr-mms.create', reference, (drawn) => {
      const answer = qrMms.create(body, drawn);
      return plain ? answer : { ...answer, code: '01', message: 'Bad format: the content type must be text/plain' };
    });
  });
  app.post('/CheckTransaction/rest/api/CheckTrans', (request, reply) => {
    const body = bodyOf(request.body);
    return serve(reply, 'vnpay-qr-mms.check', body['txnId'], (drawn) => qrMms.check(body, drawn));
  });
  app.post('/mms/refund', (request, reply) => {
    const body = bodyOf(request.body);
    return serve(reply, 'vnpay-qr-mms.refund', body['payTxnId'], (drawn) => qrMms.refund(body, drawn));
  });

  app.post('/vnpay/qr-mms/merchants', async (request, reply) =>
    reply.code(201).send({ merchant: qrMms.register(request.body) }),
  );
  app.get('/vnpay/qr-mms/merchants', async () => ({ data: qrMms.allMerchants() }));
  app.get('/vnpay/qr-mms/codes', async () => ({ data: qrMms.allCodes() }));
  app.get('/vnpay/qr-mms/payments', async () => ({ data: qrMms.allPayments() }));
  app.post('/vnpay/qr-mms/buyers/pay', async (request) => qrMms.pay(request.body));
  app.post('/vnpay/qr-mms/buyers/callback', async (request) => qrMms.callAgain(request.body));
}
