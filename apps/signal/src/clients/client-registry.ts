import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import type { ChainableCommander } from 'ioredis';
import { BusPublisher } from '../bus/bus-publisher';
import { Instance } from '../bus/instance';
import { SignalConfig } from '../signal.config';
import type { Session } from '../stream/session';
import { SessionRegistry } from '../stream/session-registry';

/** One socket as operators see it. */
export interface ClientRecord {
  readonly id: string;
  readonly userId: string;
  readonly rooms: readonly string[];
  readonly transport: string;
  readonly instance: string;
  readonly connectedAt: string;
}

const INSTANCES_KEY = 'nx:signal:instances';
const clientsKey = (instance: string): string => `nx:signal:clients:${instance}`;
/** Changes are gathered for this long: a restart brings thousands at once. */
const GATHER_MS = 50;
const ROWS_PER_STEP = 500;

/**
 * Which sockets there are on all instances. Each instance keeps its own list in Redis, which expires when it dies and is
 * written anew when Redis was wiped. Best effort: it serves operators, no push depends on it.
 */
@Injectable()
export class ClientRegistry implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly changed = new Set<string>();
  private gathering: NodeJS.Timeout | undefined;
  private renewing: NodeJS.Timeout | undefined;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: SignalConfig,
    private readonly instance: Instance,
    private readonly sessions: SessionRegistry,
    private readonly bus: BusPublisher,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.sessions.onChange((session) => this.note(session));
    this.bus.redis.on('ready', () => this.enqueue(() => this.writeAll()));
    this.renewing = setInterval(() => this.enqueue(() => this.writeAll()), this.config.clients.registryMs).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.renewing);
    clearTimeout(this.gathering);
    await this.work;
    if (this.bus.redis.status !== 'ready') return;
    await this.bus.redis.zrem(INSTANCES_KEY, this.instance.id).catch(() => undefined);
    await this.bus.redis.del(clientsKey(this.instance.id)).catch(() => undefined);
  }

  /** All sockets, oldest first. Own ones as they are now, those of others as they last wrote. Throws without Redis. */
  async all(): Promise<ClientRecord[]> {
    const others = await Promise.all((await this.otherInstances()).map((instance) => this.listOf(instance)));
    return [...this.own(), ...others.flat()].toSorted(byAge);
  }

  async find(id: string): Promise<ClientRecord | undefined> {
    const own = this.sessions.find(id);
    if (own !== undefined) return this.recordOf(own);
    for (const instance of await this.otherInstances()) {
      const text = await this.bus.redis.hget(clientsKey(instance), id);
      if (text !== null) return JSON.parse(text) as ClientRecord;
    }
    return undefined;
  }

  own(): ClientRecord[] {
    return [...this.sessions.readySessions()].map((session) => this.recordOf(session));
  }

  private recordOf(session: Session): ClientRecord {
    return {
      id: session.id,
      userId: session.userId ?? '',
      rooms: session.rooms,
      transport: session.connection.transport,
      instance: this.instance.id,
      connectedAt: new Date(session.connectedAtMs).toISOString(),
    };
  }

  private async otherInstances(): Promise<string[]> {
    const instances = await this.bus.redis.zrangebyscore(INSTANCES_KEY, this.clock.now(), '+inf');
    return instances.filter((instance) => instance !== this.instance.id);
  }

  private async listOf(instance: string): Promise<ClientRecord[]> {
    const texts = await this.bus.redis.hvals(clientsKey(instance));
    return texts.map((text) => JSON.parse(text) as ClientRecord);
  }

  private note(session: Session): void {
    this.changed.add(session.id);
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.enqueue(() => this.writeChanges());
    }, GATHER_MS).unref();
  }

  /** One write after the other, so that an old state never overwrites a newer one. */
  private enqueue(write: () => Promise<void>): void {
    this.work = this.work
      .then(() => (this.bus.redis.status === 'ready' ? write() : undefined))
      .catch((error: unknown) => this.logger.debug('the list of sockets was not written', { error }));
  }

  private async writeChanges(): Promise<void> {
    const ids = [...this.changed];
    this.changed.clear();
    for (let from = 0; from < ids.length; from += ROWS_PER_STEP) {
      const batch = this.bus.redis.pipeline();
      for (const id of ids.slice(from, from + ROWS_PER_STEP)) {
        const session = this.sessions.find(id);
        const key = clientsKey(this.instance.id);
        if (session === undefined) batch.hdel(key, id);
        else batch.hset(key, id, JSON.stringify(this.recordOf(session)));
      }
      await this.run(batch);
    }
  }

  /** The whole list: what a wiped Redis forgot comes back, what was missed goes. */
  private async writeAll(): Promise<void> {
    const key = clientsKey(this.instance.id);
    const now = this.clock.now();
    const kept = await this.bus.redis.hkeys(key);
    const gone = kept.filter((id) => this.sessions.find(id) === undefined);
    const records = this.own();
    for (let from = 0; from < records.length; from += ROWS_PER_STEP) {
      const batch = this.bus.redis.pipeline();
      for (const record of records.slice(from, from + ROWS_PER_STEP))
        batch.hset(key, record.id, JSON.stringify(record));
      await this.run(batch);
    }
    const last = this.bus.redis.pipeline();
    if (gone.length > 0) last.hdel(key, ...gone);
    await this.run(last);
    await this.bus.redis.zremrangebyscore(INSTANCES_KEY, '-inf', now - this.expiryMs());
  }

  /** Every write also says that this instance lives. In a cluster a pipeline holds one key's slot only. */
  private async run(batch: ChainableCommander): Promise<void> {
    batch.pexpire(clientsKey(this.instance.id), this.expiryMs());
    for (const [error] of (await batch.exec()) ?? []) if (error !== null) throw error;
    await this.bus.redis.zadd(INSTANCES_KEY, this.clock.now() + this.expiryMs(), this.instance.id);
  }

  private expiryMs(): number {
    return this.config.clients.registryMs * 3;
  }
}

const byAge = (left: ClientRecord, right: ClientRecord): number =>
  left.connectedAt.localeCompare(right.connectedAt) || (left.id < right.id ? -1 : 1);
