import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import type { HttpRequest } from '@nx/http';
import type { RoleClaim } from './claims';

/** Who acts, and for which merchant. */
export interface Actor {
  readonly userId: string;
  readonly roles: readonly RoleClaim[];
  /** The active merchant; `null` when none is named and there is not exactly one. */
  readonly merchantId: string | null;
  readonly organizerId: string | null;
  readonly merchantIds: readonly string[];
  readonly organizerIds: readonly string[];
  /** Holds an operator's or administrator's role on the whole platform. */
  readonly isOperator: boolean;
  readonly isAdmin: boolean;
  readonly isService: boolean;
  /** A call from the machine itself: it may start a single-person action, never approve or count as a second person. */
  readonly isPod: boolean;
}

export interface ActorRequest extends HttpRequest {
  nxActor?: Actor;
}

/** The actor of the request; routes with a policy always have one. */
export const CurrentActor = createParamDecorator((_data: unknown, context: ExecutionContext): Actor => {
  const actor = context.switchToHttp().getRequest<ActorRequest>().nxActor;
  if (actor === undefined) throw new AppError({ code: 'auth.unauthenticated', detail: 'Send a valid bearer token.' });
  return actor;
});
