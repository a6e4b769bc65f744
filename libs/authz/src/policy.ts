import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import type { Permission } from '@nx/contracts';

/**
 * Where a permission must be held: in the active merchant, by the user wherever (`self`, `none`), or by an operator of
 * the platform.
 */
export type PolicyScope = 'merchant' | 'self' | 'operator' | 'none';

/** What a route demands. */
export type RoutePolicy =
  | { readonly kind: 'permission'; readonly permission: Permission; readonly scope: PolicyScope }
  | { readonly kind: 'self' }
  | { readonly kind: 'public'; readonly why: string };

export const ROUTE_POLICY = 'nx:route-policy';

const mark = (policy: RoutePolicy): ClassDecorator & MethodDecorator => SetMetadata(ROUTE_POLICY, policy);

/** The route needs a permission; by default in the active merchant. */
export const Policy = (
  permission: Permission,
  options: { readonly scope?: PolicyScope } = {},
): ClassDecorator & MethodDecorator => mark({ kind: 'permission', permission, scope: options.scope ?? 'merchant' });

/** The route serves each user his own rows; a valid token is enough. */
export const SelfScoped = (): ClassDecorator & MethodDecorator => mark({ kind: 'self' });

/** The route needs no token; `why` is shown in the reviewed list of routes. */
export const Public = (why: string): ClassDecorator & MethodDecorator =>
  applyDecorators(mark({ kind: 'public', why }), ApiSecurity({}));
