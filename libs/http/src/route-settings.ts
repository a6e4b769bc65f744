/** Which shared rate limit of a route applies; `none` for probes and provider callbacks. */
export type RateLimitClass = 'standard' | 'claim' | 'none';

/** What a route may differ in from the platform's defaults; read by the Fastify hooks. */
export interface RouteSettings {
  /** Largest body in bytes; the server's limit when it is missing. */
  readonly bodyLimitBytes?: number;
  /** Content types besides JSON whose bytes are taken unparsed (`*` takes any). */
  readonly rawTypes?: readonly string[];
  readonly rateLimit?: RateLimitClass;
  /** JSON is kept as bytes: the use case parses it, after it has checked the signature. */
  readonly unparsed?: boolean;
}

/** The key under which `@nestjs/platform-fastify` looks for a route's `config`. */
const FASTIFY_ROUTE_CONFIG = '__fastify_route_config__';

/** Bodies of provider callbacks: an IPN is small, a bigger one is an attack. */
export const CALLBACK_BODY_LIMIT_BYTES = 64 * 1024;

/** Sets limits of one route. Several of them add up; a later one wins for the same member. */
export function Route(settings: RouteSettings): MethodDecorator {
  return (_target, _name, descriptor) => {
    const handler = descriptor.value as object;
    const before: RouteSettings =
      (Reflect.getMetadata(FASTIFY_ROUTE_CONFIG, handler) as RouteSettings | undefined) ?? {};
    Reflect.defineMetadata(FASTIFY_ROUTE_CONFIG, { ...before, ...settings }, handler);
  };
}

/**
 * A route that a provider calls: 64 KiB, any content type as raw bytes, no rate limit, JSON left unparsed.
 * The handler takes `@RawBody()`.
 */
export const ProviderCallback = (): MethodDecorator =>
  Route({ bodyLimitBytes: CALLBACK_BODY_LIMIT_BYTES, rawTypes: ['*'], rateLimit: 'none', unparsed: true });

/** A buyer's claim page: the narrow limit per address instead of the general one. */
export const ClaimRate = (): MethodDecorator => Route({ rateLimit: 'claim' });

/** The settings in a Fastify route's `config`; Fastify types know only its own members. */
export const settingsIn = (config: unknown): RouteSettings => config ?? {};
