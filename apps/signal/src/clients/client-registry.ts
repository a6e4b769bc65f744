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
/** What a failover of Redis lost without a change of the count is put right by the whole list, once in so many renewals. */
const RENEWALS_PER_WHOLE_LIST = 30;

/**
 * Which sockets there are on all instances. Each instance keeps its own list in Redis: changes as they come, a sign of
 * life from time to time, so that the list expires when the instance dies, and the whole of it only where Redis does not
 * hold what was written. Writing ten thousand sockets anew at every sign of life costs more than serving them. Best
 * effort: it serves operators, no push depends on it.
 */
@Injectable()
export class ClientRegistry implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly changed = new Set<string>();
  private gathering: NodeJS.Timeout | undefined;
  private renewing: NodeJS.Timeout | undefined;
  private work: Promise<void> = Promise.resolve();
  /** A renewal waits already: a slow Redis must not gather a queue of them. */
  private renewalWaits = false;
  private renewals = 0;
  /** False when something that was to be written may not stand there. */
  private isWritten = false;
  private stopped = false;

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
    this.renewing = setInterval(() => this.renewSoon(), this.config.clients.registryMs).unref();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
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
      .then(() => (this.bus.redis.status === 'ready' && !this.stopped ? write() : undefined))
      .catch((error: unknown) => {
        this.isWritten = false;
        this.logger.debug('the list of sockets was not written', { error });
      });
  }

  private renewSoon(): void {
    if (this.renewalWaits) return;
    this.renewalWaits = true;
    this.enqueue(() => this.renew());
    void this.work.then(() => (this.renewalWaits = false));
  }

  /** A sign of life; the whole list where Redis does not hold as many sockets as there are. */
  private async renew(): Promise<void> {
    this.renewals += 1;
    while (this.changed.size > 0) await this.writeChanges();
    const count = this.sessions.readyCount();
    const isDue = this.renewals % RENEWALS_PER_WHOLE_LIST === 0;
    const kept = this.isWritten && !isDue ? await this.bus.redis.hlen(clientsKey(this.instance.id)) : undefined;
    if (kept !== count) await this.writeAll();
    else await this.run(this.bus.redis.pipeline());
    const expired = this.clock.now() - this.expiryMs();
    await this.bus.redis.zremrangebyscore(INSTANCES_KEY, '-inf', expired);
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
    this.isWritten = true;
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

/** Moments of one form and length, so that their text is in their order. */
const byAge = (left: ClientRecord, right: ClientRecord): number => {
  if (left.connectedAt !== right.connectedAt) return left.connectedAt < right.connectedAt ? -1 : 1;
  return left.id < right.id ? -1 : 1;
};
