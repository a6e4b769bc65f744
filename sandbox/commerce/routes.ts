import type { FastifyInstance } from 'fastify';
import type { Sandbox } from '../sandbox';

export function commerceRoutes(app: FastifyInstance, sandbox: Sandbox): void {
  const { merchants } = sandbox;
  app.post('/commerce/merchants', async (request, reply) => reply.code(201).send(await merchants.create(request.body)));
  app.get('/commerce/merchants', async () => ({ data: merchants.all() }));
  app.get<{ Params: { id: string } }>('/commerce/merchants/:id', async (request) => ({
    merchant: merchants.get(request.params.id),
  }));
  app.patch<{ Params: { id: string } }>('/commerce/merchants/:id', async (request) =>
    merchants.update(request.params.id, request.body),
  );
  app.delete<{ Params: { id: string } }>('/commerce/merchants/:id', async (request) =>
    merchants.remove(request.params.id, request.body),
  );
  app.post('/commerce/snapshot', async (request) => merchants.snapshot(request.body));
}
