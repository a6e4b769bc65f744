import type { FastifyInstance } from 'fastify';
import { SandboxError } from '../shared/errors';
import { FAULT_KINDS, TARGETS, type Faults } from './faults';

export function faultRoutes(app: FastifyInstance, faults: Faults): void {
  app.post('/faults', async (request, reply) => reply.code(201).send({ fault: faults.arm(request.body) }));
  app.get('/faults', async () => ({ data: faults.list(), kinds: FAULT_KINDS, targets: TARGETS }));
  app.delete('/faults', async () => ({ disarmed: faults.disarm() }));
  app.delete<{ Params: { id: string } }>('/faults/:id', async (request) => {
    const disarmed = faults.disarm(Number(request.params.id));
    if (disarmed === 0) throw new SandboxError(404, `no fault ${request.params.id} is armed`);
    return { disarmed };
  });
}
