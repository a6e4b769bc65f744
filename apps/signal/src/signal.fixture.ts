import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from '@nx/config';
import { TOPICS } from '@nx/contracts';
import { createApp } from '@nx/http';
import { ensureTopics, KafkaProducer } from '@nx/messaging';
import { HealthRegistry, Logger, Metrics } from '@nx/observability';
import {
  eventually,
  privateRedis,
  testDatabase,
  testEnvironment,
  testIdentity,
  testInfra,
  uniquePrefix,
  type PrivateRedis,
  type TestDatabase,
  type TestIdentity,
} from '@nx/testing';
import { Redis } from 'ioredis';
import pg from 'pg';
import { signalService } from './service';
import { SignalConfig } from './signal.config';

export interface Instance {
  readonly app: NestFastifyApplication;
  readonly stream: string;
  readonly http: string;
  stop(): Promise<void>;
}

/** Servers of one test file: an own database, an own Redis (the bus's channels have fixed names), an own topic. */
export class World {
  readonly prefix = uniquePrefix();
  private readonly instances: Instance[] = [];
  private producer: KafkaProducer | undefined;
  private edges = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly redis: PrivateRedis,
    readonly identity: TestIdentity,
    readonly bus: Redis,
    readonly admin: pg.Client,
    private readonly kafkaBrokers: readonly string[],
  ) {}

  static async start(): Promise<World> {
    const { kafkaBrokers } = await testInfra();
    const [database, redis, identity] = await Promise.all([
      testDatabase({ service: 'signal' }),
      privateRedis(),
      testIdentity(),
    ]);
    const admin = new pg.Client({ connectionString: database.urlFor('admin') });
    admin.on('error', () => undefined);
    await admin.connect();
    const world = new World(database, redis, identity, new Redis(redis.url), admin, kafkaBrokers);
    world.bus.on('error', () => undefined);
    await ensureTopics(world.config().kafka, [{ topic: TOPICS.activityNotification, partitions: 3 }], world.logger());
    return world;
  }

  config(extra: Readonly<Record<string, string>> = {}): Readonly<SignalConfig> {
    return loadConfig(SignalConfig, this.environment(extra), { service: 'signal' });
  }

  /** For an instance in a process of its own. */
  environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    return testEnvironment('signal', {
      database: this.database,
      redisUrl: this.redis.url,
      kafkaBrokers: this.kafkaBrokers,
      prefix: this.prefix,
      jwksUrl: this.identity.url,
      extra: { APP_ENV_LOG_LEVEL: 'silent', ...extra },
    });
  }

  /** A whole instance of signal on a free port, ready to serve. */
  async instance(extra: Readonly<Record<string, string>> = {}, options = { ready: true }): Promise<Instance> {
    const config = this.config(extra);
    const app = await createApp({ ...signalService, config });
    try {
      await app.init();
      await app.startAllMicroservices();
      await app.listen(0, '127.0.0.1');
    } catch (error) {
      await app.close();
      throw error;
    }
    const http = (await app.getUrl()).replace('[::1]', '127.0.0.1');
    const instance = { app, http, stream: `${http.replace('http', 'ws')}/stream`, stop: () => app.close() };
    this.instances.push(instance);
    if (!options.ready) return instance;
    await eventually(
      async () => {
        const report = await app.get(HealthRegistry).ready();
        if (!report.ok) throw new Error(JSON.stringify(report.indicators.filter(({ ok }) => !ok)));
        return true;
      },
      { timeoutMs: 60_000 },
    );
    return instance;
  }

  token(userId: string, claims: Readonly<Record<string, unknown>> = {}, lifetimeSeconds = 600): Promise<string> {
    return this.identity.token(
      { userId, roles: [], merchantIds: '', organizerIds: '', ...claims },
      { lifetimeSeconds },
    );
  }

  operatorToken(): Promise<string> {
    return this.token('operator-1', { roles: [{ id: 'r1', identifier: '600_operator', priority: 600 }] });
  }

  /** Makes a user a member of a merchant or organizer, or the holder of a role, as identity does it. */
  async member(userId: string, type: 'Merchant' | 'Organizer' | 'Role', id: string): Promise<void> {
    this.edges += 1;
    await this.admin.query(
      `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id)
       VALUES ($1, 'group', 'User', $2, $3, $4)`,
      [`edge-${this.edges}`, userId, type, id],
    );
  }

  async dismiss(userId: string, id: string): Promise<void> {
    await this.admin.query(
      `UPDATE identity."PolicyDefinition" SET deleted_at = now(), modified_at = now()
        WHERE subject_id = $1 AND target_id = $2 AND deleted_at IS NULL`,
      [userId, id],
    );
  }

  async grantOperators(): Promise<void> {
    await this.admin.query(
      `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id)
       VALUES ('grant-socket', 'policy', 'Role', '600_operator', 'Permission', 'Socket.*') ON CONFLICT DO NOTHING`,
    );
  }

  async produce(...messages: { key: string; value: object; headers?: Record<string, string> }[]): Promise<void> {
    if (this.producer === undefined) {
      const producer = new KafkaProducer({
        config: this.config().kafka,
        clientId: `${this.prefix}-test`,
        logger: this.logger(),
        metrics: new Metrics({ processMetrics: false }),
      });
      this.producer = producer;
      producer.start();
      await eventually(() => {
        return producer.isConnected();
      });
    }
    await this.producer.send(messages.map((message) => ({ topic: TOPICS.activityNotification, ...message })));
  }

  /** PostgreSQL turns this database's services away, as it does when it is full. */
  async setDatabaseAway(away: boolean): Promise<void> {
    await this.admin.query(
      `ALTER DATABASE ${pg.escapeIdentifier(this.database.name)} CONNECTION LIMIT ${away ? 0 : -1}`,
    );
    if (away) await this.cutFromDatabase();
  }

  /** Ends the services' connections; they make new ones. */
  async cutFromDatabase(): Promise<void> {
    await this.admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'nx_signal'`,
    );
  }

  async rows<R extends object>(sql: string, params: unknown[] = []): Promise<R[]> {
    return (await this.admin.query(sql, params)).rows as R[];
  }

  async stop(): Promise<void> {
    for (const instance of this.instances) await instance.stop().catch(() => undefined);
    await this.producer?.close();
    this.bus.disconnect();
    await this.admin.end().catch(() => undefined);
    await this.redis.stop();
    await this.identity.stop();
    await this.database.drop();
  }

  private logger(): Logger {
    return Logger.create({ service: 'signal', mode: 'test', level: 'silent' });
  }
}
