import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Drawn, FaultTarget } from '../faults/faults';
import { serveWithFaults, type WireAnswer } from '../faults/serve-with-faults';
import type { Sandbox } from '../sandbox';
import type { InvoiceClient, InvoiceKind, IssuedInvoice, Refusal, TaxMethod } from './model';
import { isMembers } from './validate-request';

const UNAUTHORIZED: WireAnswer = { status: 401, body: { code: '401', message: 'Token is missing, wrong or expired' } };
const NOT_FOUND: WireAnswer = { status: 200, body: { code: '404', message: 'Invoice not found' } };

/** What an issue request and a look-up answer about an invoice. */
function dataOf(invoice: IssuedInvoice): object {
  return {
    requestId: invoice.requestId,
    taxCode: invoice.taxCode,
    invoiceDate: invoice.invoiceDate,
    invoiceSymbol: invoice.symbol,
    invoiceNumber: invoice.number === null ? null : String(invoice.number),
    lookupCode: invoice.lookupCode,
    taxAuthorityCode: invoice.codedFrom > Date.now() ? null : invoice.taxAuthorityCode,
    status: invoice.number === null ? 'DRAFT' : 'ISSUED',
    totalAmountAfterTax: invoice.total,
  };
}

function isRefusal(result: IssuedInvoice | Refusal): result is Refusal {
  return 'code' in result;
}

function controlRoutes(app: FastifyInstance, { invoices }: Sandbox): void {
  app.post('/vnpay-invoice/clients', async (request, reply) =>
    reply.code(201).send({ client: invoices.register(request.body) }),
  );
  app.get('/vnpay-invoice/clients', async () => ({ data: invoices.allClients() }));
  app.get('/vnpay-invoice/invoices', async () => ({ data: invoices.all() }));
  app.delete('/vnpay-invoice/tokens', async () => ({ forgotten: invoices.forgetTokens() }));
}

export function invoiceVendorRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { invoices, faults, stop } = sandbox;
  controlRoutes(app, sandbox);

  const serve = (
    reply: FastifyReply,
    target: FaultTarget,
    key: unknown,
    act: (drawn: Drawn) => WireAnswer,
  ): Promise<void> => {
    const drawn = faults.draw(target, String(key ?? ''));
    return serveWithFaults(reply, drawn, stop.signal, () => act(drawn));
  };
  const withClient = (
    request: FastifyRequest,
    drawn: Drawn,
    act: (client: InvoiceClient) => WireAnswer,
  ): WireAnswer => {
    const client = invoices.authenticate(request.headers.authorization);
    return client === undefined || drawn.find('expired-token') !== undefined ? UNAUTHORIZED : act(client);
  };

  app.post('/user/client/token', (request, reply) => {
    const clientId = isMembers(request.body) ? request.body['clientId'] : '';
    return serve(reply, 'vnpay-invoice.token', clientId, (drawn) => {
      const accessToken = drawn.find('refuse') === undefined ? invoices.token(request.body) : undefined;
      if (accessToken === undefined)
        return { status: 401, body: { code: '401', message: 'Client or secret is wrong' } };
      return { status: 200, body: { code: '00', message: 'Success', data: { accessToken } } };
    });
  });

  const issueRoute = (method: TaxMethod, kind: InvoiceKind): void => {
    app.post(`/api/v6/${method}/${kind}`, (request, reply) => {
      const inner = isMembers(request.body) ? request.body['invoice'] : undefined;
      const key = isMembers(inner) ? inner['requestId'] : '';
      return serve(reply, 'vnpay-invoice.issue', key, (drawn) =>
        withClient(request, drawn, (client) => {
          const struck = drawn.find('refuse');
          if (struck !== undefined)
            return { status: 200, body: { code: struck.code ?? '99', message: 'Refused by an armed fault' } };
          const later = {
            visibleAfterMs: drawn.find('issued-then-timeout', 'done-then-5xx')?.visibleAfterMs ?? 0,
            codedAfterMs: drawn.find('coded-later')?.ms ?? 0,
          };
          const result = invoices.issue(client, method, kind, request.body, later);
          if (isRefusal(result)) return { status: 200, body: { ...result } };
          return { status: 200, body: { code: '00', message: 'Success', data: dataOf(result) } };
        }),
      );
    });
  };
  for (const method of ['vat', 'sale'] as const) {
    for (const kind of ['original', 'adjustment', 'replacement'] as const) issueRoute(method, kind);
  }

  const lookUp = (path: string, target: FaultTarget, say: (invoice: IssuedInvoice) => unknown): void => {
    app.get<{ Querystring: Record<string, unknown> }>(path, (request, reply) =>
      serve(reply, target, request.query['requestId'], (drawn) =>
        withClient(request, drawn, (client) => {
          const struck = drawn.find('look-up-failure');
          if (struck !== undefined)
            return { status: 200, body: { code: struck.code ?? '99', message: 'System error' } };
          const invoice = invoices.find(client, request.query);
          if (invoice === undefined) return NOT_FOUND;
          return { status: 200, body: { code: '00', message: 'Success', data: say(invoice) } };
        }),
      ),
    );
  };
  lookUp('/api/v6/invoices', 'vnpay-invoice.look-up', dataOf);
  lookUp('/api/v6/invoices/pdf', 'vnpay-invoice.pdf', (invoice) => invoices.pdf(invoice));
}
