import {
  Global,
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
  type Provider,
} from '@nestjs/common';
import { PlatformConfig } from '@nx/config';
import type { Clock } from '@nx/contracts';
import { KeyRing } from '@nx/crypto';
import { IDEMPOTENCY } from '@nx/http';
import { DeadLetterPublisher } from '@nx/messaging';
import { CLOCK, HealthRegistry, Logger, Metrics } from '@nx/observability';
import { Database } from '@nx/persistence';
import { IdGenerator } from './id-generator';
import { IdempotencyStore } from './idempotency-store';
import { Inbox } from './inbox';
import { KeyCheck } from './key-check';
import { NodeLease } from './node-lease';
import { RELIABLE_OPTIONS, type ReliableOptions } from './options';
import { Outbox } from './outbox';
import { OutboxRelay } from './outbox-relay';
import { ParkingStore } from './parking-store';
import { ParkingSweeper } from './parking-sweeper';
import { Upkeep } from './upkeep';
import { WorkerFence } from './worker-fence';
import { WorkerLeases } from './worker-leases';

/**
 * What a start can be refused over: the keys, then the node id. Making the application holds nothing yet, because what
 * one that could not be made holds, nobody gives back. A global module's turn comes before those that need ids.
 */
@Injectable()
class ReliableStart implements OnModuleInit {
  constructor(
    @Inject(RELIABLE_OPTIONS) private readonly options: ReliableOptions,
    private readonly check: KeyCheck,
    private readonly lease: NodeLease,
  ) {}

  async onModuleInit(): Promise<void> {
    const { keys } = this.options;
    if (keys !== undefined) await this.check.verify(keys.ring, keys.scope);
    await this.lease.start();
  }
}

/** Starts and stops what runs by itself: relay, sweeper and upkeep in worker and full, nothing in api. */
@Injectable()
class ReliableLifecycle implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    private readonly config: PlatformConfig,
    private readonly health: HealthRegistry,
    private readonly relay: OutboxRelay,
    private readonly parking: ParkingStore,
    private readonly sweeper: ParkingSweeper,
    private readonly upkeep: Upkeep,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.mode !== 'full' && this.config.mode !== 'worker') return;
    this.relay.registerHealth(this.health);
    this.sweeper.registerHealth(this.health);
    this.relay.start();
    this.upkeep.start();
    this.parking.onBind((dispatcher) => this.sweeper.start(dispatcher));
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.relay.stop(), this.sweeper.stop(), this.upkeep.stop()]);
  }
}

function leaseOfNode(
  config: PlatformConfig,
  database: Database,
  logger: Logger,
  health: HealthRegistry,
  metrics: Metrics,
  clock: Clock,
): NodeLease {
  const lease = new NodeLease({ database, config: config.node, clock, logger, service: config.application.name });
  health.register({ name: 'node-lease', readiness: true, check: () => lease.describe() });
  metrics.gauge('node_lease_held', 'Whether the node-id lease is held (1) or lost (0)', [], (gauge) => {
    gauge.set(lease.held() ? 1 : 0);
  });
  metrics.gauge(
    'node_lease_id',
    'The node id under which this process issues ids; absent while it has none',
    [],
    (gauge) => {
      if (lease.held()) gauge.set(lease.nodeId);
      else gauge.remove();
    },
  );
  // The very last: everything that stops may still issue ids.
  database.beforeStop(() => lease.stop());
  return lease;
}

/** The lease bears the name of the node id: whoever holds that id is the only one who may act under it. */
function fence(database: Database, logger: Logger, config: PlatformConfig, node: NodeLease): WorkerFence {
  const name = (): string | undefined => (node.held() ? `${config.application.name}/worker/${node.nodeId}` : undefined);
  const made = new WorkerFence({ database, logger, leaseMs: config.reliable.workerLeaseMs, name });
  database.beforeStop(() => made.stop());
  return made;
}

function stores({ schema, routes }: ReliableOptions): Provider[] {
  return [
    { provide: Outbox, useFactory: () => new Outbox(schema, routes) },
    { provide: Inbox, useFactory: () => new Inbox(schema) },
    {
      provide: IdempotencyStore,
      inject: [Database, PlatformConfig],
      useFactory: (database: Database, config: PlatformConfig) =>
        new IdempotencyStore(database, schema, config.reliable.idempotencyTtlMs),
    },
    { provide: IDEMPOTENCY, useExisting: IdempotencyStore },
    {
      provide: WorkerLeases,
      inject: [Database, Logger, PlatformConfig],
      useFactory: (database: Database, logger: Logger, config: PlatformConfig) =>
        new WorkerLeases(database, logger, config.reliable.workerLeaseMs),
    },
    { provide: WorkerFence, inject: [Database, Logger, PlatformConfig, NodeLease], useFactory: fence },
    {
      provide: KeyCheck,
      inject: [Database, Logger, HealthRegistry],
      useFactory: (database: Database, logger: Logger, health: HealthRegistry) =>
        new KeyCheck(database, logger, health),
    },
    {
      provide: ParkingStore,
      inject: [Database, PlatformConfig],
      useFactory: (database: Database, config: PlatformConfig) =>
        new ParkingStore(database, schema, Number(config.reliable.parkingDelaysMs[0] ?? 0)),
    },
  ];
}

function workers({ schema, routes, partitionedTables = [] }: ReliableOptions): Provider[] {
  return [
    {
      provide: OutboxRelay,
      inject: [Database, Outbox, Logger, Metrics, PlatformConfig],
      useFactory: (database: Database, outbox: Outbox, logger: Logger, metrics: Metrics, config: PlatformConfig) => {
        const { outboxPollMs: pollMs, outboxBatch: batch } = config.reliable;
        return new OutboxRelay({
          database,
          outbox,
          schema,
          logger,
          metrics,
          pollMs,
          batch,
          ...(routes ? { routes } : {}),
        });
      },
    },
    {
      provide: ParkingSweeper,
      inject: [Database, ParkingStore, Inbox, DeadLetterPublisher, Logger, Metrics, PlatformConfig],
      useFactory: (
        database: Database,
        store: ParkingStore,
        inbox: Inbox,
        deadLetters: DeadLetterPublisher,
        logger: Logger,
        metrics: Metrics,
        config: PlatformConfig,
      ) => {
        const { parkingSweepMs: sweepMs, parkingDelaysMs } = config.reliable;
        const delaysMs = parkingDelaysMs.map(Number);
        return new ParkingSweeper({ database, store, inbox, deadLetters, logger, metrics, sweepMs, delaysMs });
      },
    },
    {
      provide: Upkeep,
      inject: [Database, Logger, PlatformConfig],
      useFactory: (database: Database, logger: Logger, config: PlatformConfig) => {
        const { upkeepMs: everyMs, inboxTtlMs } = config.reliable;
        return new Upkeep({ database, schema, logger, everyMs, inboxTtlMs, partitionedTables });
      },
    },
    ReliableStart,
    ReliableLifecycle,
  ];
}

/**
 * Ids, outbox, inbox, idempotency rows, leases, key check and parking, everywhere. Needs ObservabilityModule,
 * PersistenceModule and MessagingModule. The keys are proven and the node id is leased before other modules start.
 */
@Global()
@Module({})
export class ReliableModule {
  static forRoot(options: ReliableOptions): DynamicModule {
    const ring = options.keys === undefined ? [] : [{ provide: KeyRing, useValue: options.keys.ring }];
    return {
      module: ReliableModule,
      providers: [
        { provide: RELIABLE_OPTIONS, useValue: options },
        {
          provide: NodeLease,
          inject: [PlatformConfig, Database, Logger, HealthRegistry, Metrics, CLOCK],
          useFactory: leaseOfNode,
        },
        { provide: IdGenerator, inject: [NodeLease], useFactory: (lease: NodeLease) => new IdGenerator(lease) },
        ...ring,
        ...stores(options),
        ...workers(options),
      ],
      exports: [
        IdGenerator,
        NodeLease,
        Outbox,
        OutboxRelay,
        Inbox,
        IdempotencyStore,
        IDEMPOTENCY,
        WorkerFence,
        WorkerLeases,
        KeyCheck,
        ParkingStore,
        ...ring.map(({ provide }) => provide),
      ],
    };
  }
}
