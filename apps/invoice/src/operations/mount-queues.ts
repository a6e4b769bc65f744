import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessControl, TokenVerifier } from '@nx/authz';
import { Permission } from '@nx/contracts';
import { isLoopback, type HttpRequest } from '@nx/http';
import { mountDashboard } from '@nx/queue';

const BEARER = /^Bearer ([A-Za-z0-9._-]+)$/i;

/** The dashboard of this service's queues, for operators and for the machine itself. */
export async function mountQueues(app: NestFastifyApplication): Promise<void> {
  const verifier = app.get(TokenVerifier);
  const access = app.get(AccessControl);
  const authorize = async (request: HttpRequest): Promise<boolean> => {
    if (isLoopback(request)) return true;
    const [, token] = BEARER.exec(request.headers.authorization ?? '') ?? [];
    if (token === undefined) return false;
    const actor = await access.actorOf(await verifier.verify(token), request.headers);
    return actor.isOperator && (await access.can(actor, Permission.QueueExecute, null));
  };
  await mountDashboard(app, '/internal/api/queues', authorize);
}
