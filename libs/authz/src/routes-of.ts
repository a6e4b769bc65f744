import { RequestMethod, type INestApplicationContext } from '@nestjs/common';
import { ApplicationConfig, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { ROUTE_ACCESS, type RouteAccess } from '@nx/http';
import { ROUTE_POLICY, type RoutePolicy } from './policy';

export interface RouteDescription {
  readonly method: string;
  readonly path: string;
  /** What the route demands, in words; `null` for a route that forgot to say. */
  readonly policy: string | null;
}

/** Metadata keys of Nest's routing decorators. */
const PATH = 'path';
const METHOD = 'method';

const words = (policy: RoutePolicy | undefined, access: RouteAccess | undefined): string | null => {
  const parts: string[] = [];
  if (access !== undefined) parts.push(access.kind === 'public' ? `public: ${access.why}` : access.kind);
  if (policy?.kind === 'permission') parts.push(`${policy.permission} (${policy.scope})`);
  if (policy?.kind === 'self') parts.push('self');
  if (policy?.kind === 'public') parts.push(`public: ${policy.why}`);
  return parts.length === 0 ? null : parts.join(', ');
};

const pathsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : [typeof value === 'string' ? value : ''];

const joined = (...parts: string[]): string =>
  `/${parts
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter((part) => part !== '')
    .join('/')}`;

/** All routes of an app's controllers with their policies, sorted; the list of routes without one is a reviewed file. */
export function routesOf(app: INestApplicationContext): RouteDescription[] {
  const reflector = new Reflector();
  const scanner = new MetadataScanner();
  const prefix = app.get(ApplicationConfig).getGlobalPrefix();
  const routes = [...app.get(ModulesContainer).values()].flatMap((module) =>
    [...module.controllers.values()].flatMap(({ metatype, instance }) => {
      if (typeof metatype !== 'function' || typeof instance !== 'object' || instance === null) return [];
      const prototype = Object.getPrototypeOf(instance) as Record<string, unknown>;
      return scanner.getAllMethodNames(prototype).flatMap((name) => {
        const handler = prototype[name];
        if (typeof handler !== 'function') return [];
        const method = Reflect.getMetadata(METHOD, handler) as RequestMethod | undefined;
        if (method === undefined) return [];
        const targets = [handler as () => void, metatype];
        const policy = words(
          reflector.getAllAndOverride<RoutePolicy | undefined>(ROUTE_POLICY, targets),
          reflector.getAllAndOverride<RouteAccess | undefined>(ROUTE_ACCESS, targets),
        );
        return pathsOf(Reflect.getMetadata(PATH, metatype)).flatMap((base) =>
          pathsOf(Reflect.getMetadata(PATH, handler)).map((own) => ({
            method: RequestMethod[method] ?? 'ALL',
            path: base.replace(/^\//, '').startsWith('internal/') ? joined(base, own) : joined(prefix, base, own),
            policy,
          })),
        );
      });
    }),
  );
  return routes.sort((left, right) => (`${left.path} ${left.method}` < `${right.path} ${right.method}` ? -1 : 1));
}
