import { hostname } from 'node:os';
import { type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { AppError } from '@nx/contracts';
import { isLoopback, ROUTE_ACCESS, singleHeader, type RouteAccess } from '@nx/http';
import { currentContext, type Logger } from '@nx/observability';
import { MERCHANT_HEADER, type AccessControl } from './access-control';
import type { Actor, ActorRequest } from './actor';
import { ROUTE_POLICY, type RoutePolicy } from './policy';
import type { TokenVerifier } from './token-verifier';

type PermissionPolicy = Extract<RoutePolicy, { kind: 'permission' }>;

const forbidden = (detail: string): AppError => new AppError({ code: 'auth.forbidden', detail });

/** The actor of calls from the machine itself. It holds no role, so every permission check of a use case refuses it. */
const podActor = (): Actor => ({
  userId: `pod:${hostname()}`,
  roles: [],
  merchantId: null,
  organizerId: null,
  merchantIds: [],
  organizerIds: [],
  isOperator: false,
  isAdmin: false,
  isService: false,
  isPod: true,
});

const bearerOf = (request: ActorRequest): string | undefined =>
  /^Bearer ([A-Za-z0-9._-]+)$/i.exec(singleHeader(request, 'authorization') ?? '')?.[1];

/** The one guard of all HTTP routes. A route that says nothing is closed. */
export class AuthzGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly verifier: TokenVerifier,
    private readonly access: AccessControl,
    private readonly logger: Logger,
    private readonly options: { readonly trustLoopback: boolean },
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    const policy = this.reflector.getAllAndOverride<RoutePolicy | undefined>(ROUTE_POLICY, targets);
    const access = this.reflector.getAllAndOverride<RouteAccess | undefined>(ROUTE_ACCESS, targets);
    if (policy?.kind === 'public' || access?.kind === 'public') return true;
    const request = context.switchToHttp().getRequest<ActorRequest>();
    if (access?.kind === 'internal' && this.options.trustLoopback && isLoopback(request)) {
      this.remember(request, podActor());
      return true;
    }
    const actor = await this.authenticate(request);
    this.remember(request, actor);
    await this.authorize(actor, policy, access);
    return true;
  }

  private async authenticate(request: ActorRequest): Promise<Actor> {
    const token = bearerOf(request);
    if (token === undefined) {
      throw new AppError({ code: 'auth.unauthenticated', detail: 'Send a bearer token in the header authorization.' });
    }
    try {
      return await this.access.actorOf(await this.verifier.verify(token), request.headers);
    } catch (error) {
      if (error instanceof AppError && error.code === 'auth.unauthenticated') {
        // The reason is for the operator: it names a rule, never the token.
        this.logger.security('authentication failed', {
          reason: error.cause instanceof Error ? error.cause.message : 'refused',
        });
      }
      throw error;
    }
  }

  private async authorize(
    actor: Actor,
    policy: RoutePolicy | undefined,
    access: RouteAccess | undefined,
  ): Promise<void> {
    if (access?.kind === 'operator' && !actor.isOperator) throw forbidden('This route is for operators.');
    if (access?.kind === 'internal' && !actor.isOperator && !(actor.isService && policy?.kind === 'permission')) {
      throw forbidden('This route is for operators.');
    }
    if (policy?.kind === 'permission') return this.demand(actor, policy);
    if (policy === undefined && access === undefined) throw forbidden('This route has no policy.');
  }

  private async demand(actor: Actor, policy: PermissionPolicy): Promise<void> {
    const { permission, scope } = policy;
    if (scope === 'operator' && !actor.isOperator) throw forbidden('This route is for operators.');
    if (scope === 'merchant' && actor.merchantId === null) {
      if (actor.merchantIds.length === 0 && !actor.isService && !actor.isAdmin)
        throw forbidden('You belong to no merchant.');
      throw new AppError({
        code: 'auth.merchant_required',
        detail: `Name one of your merchants in the header ${MERCHANT_HEADER}.`,
      });
    }
    const granted =
      scope === 'merchant'
        ? await this.access.can(actor, permission)
        : scope === 'operator'
          ? await this.access.can(actor, permission, null)
          : await this.access.canAnywhere(actor, permission);
    if (!granted)
      throw forbidden(`You lack the permission ${permission}${scope === 'merchant' ? ' in this merchant' : ''}.`);
  }

  private remember(request: ActorRequest, actor: Actor): void {
    request.nxActor = actor;
    const context = currentContext();
    if (context === undefined) return;
    context.userId = actor.userId;
    if (actor.merchantId !== null) context.merchantId = actor.merchantId;
  }
}
