import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Cluster, Redis } from 'ioredis';
import type { Observable } from 'rxjs';
import { AppError, type Clock } from '@nx/contracts';
import type { RateLimitConfig, RedisConfig } from '@nx/config';
import { currentContext, type Metrics } from '@nx/observability';
import { isLoopback } from './loopback';
import type { HttpRequest } from './request';
import { settingsIn, type RateLimitClass } from './route-settings';

const WINDOW_MS = 60_000;
/** A limiter must never be the slow part of a request. */
const COMMAND_TIMEOUT_MS = 250;

/** Counts one use; the first of a window sets its end. Atomic, so replicas share one count. */
const COUNT_SCRIPT = `local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return n`;

/** A connection with the script as a command, which sends its hash alone after the first use. */
export type CountingRedis = (Redis | Cluster) & { countUse(key: string, windowMs: number): Promise<number> };

/** A connection that fails at once when Redis is away, so that nothing waits for it. */
export function failFastRedis(config: RedisConfig): CountingRedis {
  const options = {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    connectTimeout: 1000,
  };
  const identity = {
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(config.password === undefined ? {} : { password: config.password }),
  };
  const client =
    config.mode === 'cluster'
      ? new Cluster(config.nodes, { enableOfflineQueue: false, redisOptions: { ...options, ...identity } })
      : new Redis(config.url, options);
  // Being away is counted at each use; without a listener it would end the process.
  client.on('error', () => undefined);
  client.defineCommand('countUse', { numberOfKeys: 1, lua: COUNT_SCRIPT });
  return client as CountingRedis;
}

/** Fixed windows of one minute in Redis. With Redis away it lets pass, and counts that it did. */
export class RateLimiter {
  private readonly passedBlind;

  constructor(
    private readonly redis: CountingRedis,
    private readonly config: RateLimitConfig,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.passedBlind = metrics.counter(
      'http_rate_limit_unavailable_total',
      'Requests let through because Redis was away',
    );
  }

  /** One request from an address; `claim` pages have their own, narrower count. */
  async address(address: string, limitClass: RateLimitClass): Promise<void> {
    if (limitClass === 'none') return;
    await this.use(`ip:${address}`, this.config.perIpPerMinute);
    if (limitClass === 'claim') await this.use(`claim:${address}`, this.config.claimPerIpPerMinute);
  }

  /** One request of an authenticated user. */
  async subject(userId: string): Promise<void> {
    await this.use(`user:${userId}`, this.config.perSubjectPerMinute);
  }

  /** Throws `request.rate_limited` (429) above `limit` uses in the present minute; 0 switches the limit off. */
  private async use(name: string, limit: number): Promise<void> {
    if (limit <= 0) return;
    const now = this.clock.now();
    const window = Math.floor(now / WINDOW_MS);
    let count: number;
    try {
      count = await this.redis.countUse(`nx:rate:${name}:${window}`, WINDOW_MS);
    } catch {
      this.passedBlind.inc();
      return;
    }
    if (count <= limit) return;
    const retryAfterSeconds = Math.max(1, Math.ceil(((window + 1) * WINDOW_MS - now) / 1000));
    throw new AppError({
      code: 'request.rate_limited',
      detail: `At most ${limit} requests per minute.`,
      retryAfterSeconds,
    });
  }

  /** Closes the connection; an open socket would keep the process alive. */
  close(): void {
    this.redis.disconnect();
  }
}

/** Counts each request by address before its body is read. Probes, callbacks and the machine itself are exempt. */
export function installAddressLimit(server: FastifyInstance, limiter: RateLimiter): void {
  server.addHook('onRequest', async (request: HttpRequest) => {
    const settings = settingsIn(request.routeOptions.config);
    if (request.url.startsWith('/internal/') && isLoopback(request)) return;
    await limiter.address(request.ip, settings.rateLimit ?? 'standard');
  });
}

/** Counts each request of a known user, after the guards have found out who it is. */
@Injectable()
export class SubjectRateInterceptor implements NestInterceptor {
  constructor(private readonly limiter: RateLimiter) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const userId = currentContext()?.userId;
    if (context.getType() === 'http' && userId !== undefined && !userId.startsWith('pod:'))
      await this.limiter.subject(userId);
    return next.handle();
  }
}
