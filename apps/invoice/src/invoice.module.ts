import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { AuthzModule } from '@nx/authz';
import { ConfigModule } from '@nx/config';
import { TOPICS } from '@nx/contracts';
import { ConsumerFactory, MessagingModule } from '@nx/messaging';
import { ObservabilityModule } from '@nx/observability';
import { isInfrastructureError, PersistenceModule } from '@nx/persistence';
import { Partitions, QueueModule } from '@nx/queue';
import { RealtimeModule } from '@nx/realtime';
import { ParkingStore, ReliableModule } from '@nx/reliable';
import { CONSUMERS, CONTROLLERS, INTERNAL_CONTROLLERS, USE_CASES, WORKERS } from './invoice.parts';
import { SettleKnownChanges } from './merchants-in/settle-known-changes';
import { InvoiceConfig, invoiceKeyRing } from './invoice.config';
import { ClaimTokens } from './claims/claim-token';
import { ROUTES } from './invoices/invoice-events';
import { invoiceJobs, QUEUE_BASES } from './jobs';

const works = ({ mode }: Readonly<InvoiceConfig>): boolean => mode === 'full' || mode === 'worker';

/** The consumers of this mode: an api starts without Kafka. */
export function consumersOf(app: INestApplicationContext): CustomTransportStrategy[] {
  const config = app.get(InvoiceConfig);
  if (!works(config)) return [];
  const tuning = { cdcTopics: config.neighbours.cdcTopics, looks: [app.get(SettleKnownChanges)] };
  return [app.get(ConsumerFactory).create(app.get(ParkingStore), tuning)];
}

@Module({})
export class InvoiceModule {
  static forRoot(config: InvoiceConfig): DynamicModule {
    const worker = works(config);
    const partitions = new Partitions(config.issuance.partitions);
    return {
      module: InvoiceModule,
      imports: platformOf(config, worker, partitions),
      controllers: [
        ...INTERNAL_CONTROLLERS,
        ...(config.mode === 'worker' ? [] : CONTROLLERS),
        ...(worker ? CONSUMERS : []),
      ],
      providers: [
        { provide: Partitions, useValue: partitions },
        { provide: ClaimTokens, useFactory: () => new ClaimTokens(config.keys.claimKeys) },
        ...USE_CASES,
        ...(worker ? WORKERS : []),
      ],
    };
  }
}

function platformOf(config: InvoiceConfig, worker: boolean, partitions: Partitions): DynamicModule[] {
  const { issuance, mode } = config;
  const routes = Object.values(ROUTES);
  return [
    ConfigModule.forRoot(InvoiceConfig, config),
    ObservabilityModule.forRoot({ service: 'invoice', mode, config: config.observability }),
    PersistenceModule.forRoot({ service: 'invoice' }),
    MessagingModule.forRoot({
      service: 'invoice',
      producer: worker,
      consumer: worker,
      requiredTopics: worker
        ? [TOPICS.paymentSuccess, TOPICS.paymentEvents, TOPICS.invoiceEvents, TOPICS.activityNotification]
        : [],
      isInfrastructureError,
    }),
    ReliableModule.forRoot({ schema: 'invoice', routes, keys: { scope: 'invoice', ring: invoiceKeyRing(config) } }),
    AuthzModule.forRoot({ jwks: config.jwks }),
    RealtimeModule.forRoot({ redis: config.websocketRedis }),
    QueueModule.forRoot({
      jobs: invoiceJobs(partitions),
      concurrency: {
        [QUEUE_BASES.issuance]: issuance.concurrency,
        [QUEUE_BASES.claimExpiry]: issuance.claimExpiryConcurrency,
      },
      process: worker,
      prefix: config.queue.prefix,
    }),
  ];
}
