import {
  Global,
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { PlatformConfig } from '@nx/config';
import { SERVICES, type ServiceName } from '@nx/contracts';
import { HealthRegistry, Logger, Metrics } from '@nx/observability';
import { KafkaConsumerStrategy, type KafkaConsumerOptions } from './consumer-strategy';
import { DeadLetterPublisher } from './dead-letters';
import { connectionProblem, kafkaClient } from './kafka-client';
import { physicalTopic } from './kafka-settings';
import type { ParkingPort } from './parking.port';
import { KafkaProducer } from './producer';
import { TopicWatch } from './topic-watch';

export interface MessagingOptions {
  service: ServiceName;
  /** This process publishes: {@link KafkaProducer} and {@link DeadLetterPublisher} can be injected. */
  producer: boolean;
  /** This process consumes: the application passes `ConsumerFactory.create(parking)` to its strategies. */
  consumer: boolean;
  /** Logical names without which the process is not ready. Those of handlers are checked by the consumer. */
  requiredTopics: readonly string[];
  /** Tells errors of the database and other servers from errors of a record; sockets, Kafka and Redis are known already. */
  isInfrastructureError?: (error: unknown) => boolean;
  /** How often the brokers are asked for their topics, ms. Default 10,000; while not ready every second. */
  watchMs?: number;
}

const OPTIONS = Symbol('messaging options');

/** Makes the consumer of this process with its group, client id and error predicate. */
@Injectable()
export class ConsumerFactory implements OnModuleDestroy {
  private readonly made: KafkaConsumerStrategy[] = [];

  constructor(
    @Inject(OPTIONS) private readonly options: MessagingOptions,
    private readonly config: PlatformConfig,
    private readonly logger: Logger,
    private readonly metrics: Metrics,
    private readonly health: HealthRegistry,
  ) {}

  /** One per process: all handlers share the group. `tuning` changes timings, mostly in tests. */
  create(parking: ParkingPort, tuning: Partial<KafkaConsumerOptions> = {}): KafkaConsumerStrategy {
    const { code } = SERVICES[this.options.service];
    const { isInfrastructureError } = this.options;
    const strategy = new KafkaConsumerStrategy({
      config: this.config.kafka,
      group: this.config.kafka.groupId ?? `${code}_CONSUMER_GROUP`,
      clientId: this.config.kafka.clientId ?? `${code}_CONSUMER`,
      parking,
      logger: this.logger,
      metrics: this.metrics,
      health: this.health,
      sessionTimeoutMs: this.config.kafka.sessionTimeoutMs,
      ...(isInfrastructureError === undefined ? {} : { isInfrastructureError }),
      ...tuning,
    });
    this.made.push(strategy);
    return strategy;
  }

  /** Nest closes transports after the modules' own farewells; records must end before what their handlers use does. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.made.map((strategy) => strategy.close()));
  }
}

/** Connects after the start and never holds it up; closes after the consumers. */
@Injectable()
class MessagingLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  private watch: TopicWatch | undefined;

  constructor(
    @Inject(OPTIONS) private readonly options: MessagingOptions,
    private readonly config: PlatformConfig,
    private readonly logger: Logger,
    private readonly health: HealthRegistry,
    private readonly producer: KafkaProducer,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.producer && !this.options.consumer) return;
    const clientId = `${SERVICES[this.options.service].code}_WATCH`;
    const required = this.options.requiredTopics.map((topic) => physicalTopic(this.config.kafka, topic));
    const kafka = kafkaClient(this.config.kafka, clientId, this.logger);
    const watch = new TopicWatch(kafka, required, this.logger, this.options.watchMs ?? 10_000, (error) =>
      connectionProblem(this.config.kafka, error),
    );
    this.watch = watch;
    this.health.register({
      name: 'kafka',
      readiness: true,
      check: () => {
        const check = watch.check();
        const deaf = this.options.producer && !this.producer.isConnected();
        return check.ok && deaf ? { ok: false, detail: 'the producer is not connected' } : check;
      },
    });
    watch.start();
    if (this.options.producer) this.producer.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.watch?.stop();
    await this.producer.close();
  }
}

/**
 * Kafka for one service: `KafkaProducer`, `DeadLetterPublisher` and `ConsumerFactory` everywhere; health `kafka`
 * (brokers answer, required topics exist, producer connected). Without producer and consumer nothing is connected.
 */
@Global()
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    return {
      module: MessagingModule,
      providers: [
        { provide: OPTIONS, useValue: options },
        {
          provide: KafkaProducer,
          inject: [PlatformConfig, Logger, Metrics],
          useFactory: ({ kafka }: PlatformConfig, logger: Logger, metrics: Metrics) =>
            new KafkaProducer({
              config: kafka,
              clientId: `${SERVICES[options.service].code}_PRODUCER`,
              logger,
              metrics,
            }),
        },
        {
          provide: DeadLetterPublisher,
          inject: [KafkaProducer],
          useFactory: (producer: KafkaProducer) => new DeadLetterPublisher(producer),
        },
        ConsumerFactory,
        MessagingLifecycle,
      ],
      exports: [KafkaProducer, DeadLetterPublisher, ConsumerFactory],
    };
  }
}
