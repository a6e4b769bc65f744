import { SetMetadata } from '@nestjs/common';

/**
 * Who may call a route of the platform itself. The guard of `@nx/authz` reads it; routes of apps use the
 * decorators there.
 */
export type RouteAccess =
  { readonly kind: 'public'; readonly why: string } | { readonly kind: 'internal' } | { readonly kind: 'operator' };

export const ROUTE_ACCESS = 'nx:route-access';

/**
 * A route of `/internal/api`: from the machine itself no token is needed, from elsewhere an operator's token or
 * the permission of the route's policy is.
 */
export const Internal = (): ClassDecorator & MethodDecorator =>
  SetMetadata(ROUTE_ACCESS, { kind: 'internal' } satisfies RouteAccess);

/** A route for operators alone. */
export const OperatorOnly = (): ClassDecorator & MethodDecorator =>
  SetMetadata(ROUTE_ACCESS, { kind: 'operator' } satisfies RouteAccess);

/** A route of the platform that needs no token; `why` stands in the list of routes. */
export const OpenRoute = (why: string): ClassDecorator & MethodDecorator =>
  SetMetadata(ROUTE_ACCESS, { kind: 'public', why } satisfies RouteAccess);
