import Fastify, { type FastifyInstance } from 'fastify';
import { commerceRoutes } from './commerce/routes';
import { faultRoutes } from './faults/routes';
import { identityRoutes } from './identity/routes';
import { pageRoutes } from './page/routes';
import { saleRoutes } from './sale/routes';
import { SandboxError } from './shared/errors';
import { keepRawBody } from './shared/raw-body';
import { truthRoutes } from './truth/routes';
import { gatewayRoutes } from './vnpay-gateway/routes';
import { invoiceVendorRoutes } from './vnpay-invoice/routes';
import { qrMmsRoutes } from './vnpay-qr-mms/routes';
import type { Sandbox } from './sandbox';

/** All neighbours on one server. */
export function buildServer(sandbox: Sandbox): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true, bodyLimit: 1_048_576 });
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString();
    keepRawBody(request, text);
    try {
      done(null, text === '' ? undefined : JSON.parse(text));
    } catch {
      done(new SandboxError(400, 'the body is not JSON'), undefined);
    }
  });
  app.setErrorHandler((error: Error & { status?: number; statusCode?: number }, _request, reply) => {
    const status = error.status ?? error.statusCode ?? 500;
    return reply.code(status).send({ statusCode: status, message: error.message });
  });
  faultRoutes(app, sandbox.faults);
  identityRoutes(app, sandbox);
  commerceRoutes(app, sandbox);
  qrMmsRoutes(app, sandbox);
  gatewayRoutes(app, sandbox);
  invoiceVendorRoutes(app, sandbox);
  saleRoutes(app, sandbox);
  truthRoutes(app, sandbox);
  pageRoutes(app, sandbox);
  return app;
}
