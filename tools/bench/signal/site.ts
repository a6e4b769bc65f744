import { Redis } from 'ioredis';
import { Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import pg from 'pg';
import { reserveFreePort } from '../../infra/reservations.mjs';
import { answering, startBenchSystem, type BenchSystem } from '../bench-system';
import { Crowd, type Dialect, type Push } from './clients';
import { Inspector } from './inspector';

/** A server under measurement, with sockets of its own. */
export interface Subject {
  readonly name: string;
  readonly inspector: Inspector;
  /** A message to all its sockets. */
  readonly say: (event: string, data: unknown) => Promise<unknown>;
  /** `users`: the user of each socket in turn, one for all when there are none. */
  readonly crowd: (
    onPush?: (push: Push, index: number) => void,
    users?: readonly string[],
    more?: { readonly tokens?: ReadonlyMap<string, string>; readonly resume?: object },
  ) => Crowd;
}

/** One user and one address have all the sockets, and these say nothing while they are measured. */
const NO_LIMITS = {
  APP_ENV_WEBSOCKET_MAX_PER_USER: '0',
  APP_ENV_WEBSOCKET_MAX_PER_IP: '0',
  APP_ENV_WEBSOCKET_HEARTBEAT_TIMEOUT_MS: '3600000',
};

const FLOORS = ['ws', 'ws-sealed', 'socket.io', 'socket.io-sealed'] as const;
export type FloorName = (typeof FLOORS)[number];

/** Everything that the figures of signal need: signal itself as it is deployed, and the floors beside it. */
export class Site {
  private producer: Producer | undefined;
  private events = 0;
  private readonly pool: pg.Pool;

  private constructor(
    private readonly bench: BenchSystem,
    readonly redis: Redis,
    private readonly inspectPort: number,
    private readonly closers: (() => unknown)[] = [],
  ) {
    this.pool = new pg.Pool({ connectionString: bench.adminUrl, max: 1 });
  }

  static async open(log: (line: string) => void): Promise<Site> {
    const inspectPort = await reserveFreePort();
    const bench = await startBenchSystem(
      {
        processes: [{ name: 'signal', service: 'signal', mode: 'full', overrides: inspected(inspectPort) }],
        overrides: { signal: { ...NO_LIMITS } },
      },
      log,
    );
    return new Site(bench, new Redis(bench.infra.redisUrl), inspectPort);
  }

  async signal(dialect: 'plain' | 'socket.io'): Promise<Subject> {
    const inspector = await Inspector.attach(this.inspectPort);
    this.closers.push(() => inspector.close());
    const url = this.bench.system.endpoints.signal.replace('http', 'ws');
    const everybody = await this.token('everybody');
    return {
      name: dialect === 'plain' ? 'signal' : 'signal by Socket.IO',
      inspector,
      say: (event, data) => this.publish('ws:broadcast', { serverId: 'emitter', type: 'broadcast', event, data }),
      crowd: (onPush, users, { tokens, resume } = {}) => {
        const tokenOf = async (index: number): Promise<string> => {
          const user = users?.[index % users.length];
          return user === undefined ? everybody : (tokens?.get(user) ?? (await this.token(user)));
        };
        return new Crowd(url, dialect, { tokenOf, onPush, resume });
      },
    };
  }

  /** A server of one kind of the least work, in a process of its own. */
  async floor(kind: FloorName): Promise<Subject> {
    const inspectPort = await reserveFreePort();
    const channel = `bench:${this.bench.prefix}:${kind}`;
    const port = await reserveFreePort();
    const args = [kind, this.bench.infra.redisUrl, channel, `${port}`];
    await this.bench.startScript('signal/floor-server.mjs', args, inspected(inspectPort));
    await answering(port);
    const inspector = await Inspector.attach(inspectPort);
    this.closers.push(() => inspector.close());
    const dialect: Dialect = kind.startsWith('socket.io') ? 'engine.io' : 'bare';
    return {
      name: kind,
      inspector,
      say: (event, data) => this.publish(channel, { event, data }),
      crowd: (onPush) => new Crowd(`ws://127.0.0.1:${port}`, dialect, { onPush }),
    };
  }

  /** The bare consumer of the same topic, which says each record to the sockets of a floor. Resolves when it reads. */
  async floorConsumer(kind: FloorName): Promise<void> {
    const channel = `bench:${this.bench.prefix}:${kind}`;
    const { kafkaBrokers, redisUrl } = this.bench.infra;
    const args = [kafkaBrokers, this.topic, this.bench.adminUrl, redisUrl, channel];
    await this.bench.startScript('signal/floor-consumer.mjs', args);
    while ((await this.redis.get(`${channel}:joined`)) === null)
      await new Promise((resolve) => setTimeout(resolve, 100));
  }

  private get topic(): string {
    return `${this.bench.prefix}.signal.activity-notification`;
  }

  async token(userId: string): Promise<string> {
    const answer = await fetch(`${this.bench.system.endpoints.sandbox}/identity/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ claims: { userId, roles: [], merchantIds: '', organizerIds: '' } }),
    });
    const { token } = (await answer.json()) as { token: string };
    return token;
  }

  /** Puts one activity on the topic for each list of recipients. */
  async notify(recipients: readonly (readonly string[])[], data: object): Promise<void> {
    if (this.producer === undefined) {
      const kafka = new Kafka({ brokers: this.bench.infra.kafkaBrokers.split(','), logLevel: logLevel.NOTHING });
      this.producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await this.producer.connect();
    }
    const messages = recipients.map((recipientIds) => {
      this.events += 1;
      const event = { eventId: `event-${this.events}`, eventType: 'PAYMENT_SUCCESS', recipientScope: 'users' };
      return { key: `m-${this.events % 24}`, value: JSON.stringify({ ...event, recipientIds, data }) };
    });
    await this.producer.send({ topic: this.topic, messages });
  }

  /** Resolves when each of the users has so many notifications. */
  async stored(users: readonly string[], count: number): Promise<void> {
    const sql = `SELECT count(*)::int AS n FROM signal."RecipientState" WHERE recipient_id = ANY($1) AND last_sequence = $2`;
    for (;;) {
      const { rows } = await this.pool.query<{ n: number }>(sql, [users, count]);
      if (rows[0]?.n === users.length) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Transactions of this database so far; what a connection has done is told within a second or two. */
  async transactions(): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const sql =
      'SELECT (xact_commit + xact_rollback)::float8 AS n FROM pg_stat_database WHERE datname = current_database()';
    const { rows } = await this.pool.query<{ n: number }>(sql);
    return rows[0]?.n ?? Number.NaN;
  }

  async close(): Promise<void> {
    await this.producer?.disconnect();
    await this.pool.end();
    for (const close of this.closers) close();
    this.redis.disconnect();
    await this.bench.close();
  }

  private publish(channel: string, body: object): Promise<number> {
    return this.redis.publish(channel, JSON.stringify(body));
  }
}

const inspected = (port: number): Record<string, string> => ({ NODE_OPTIONS: `--inspect=127.0.0.1:${port}` });
