import { Module, type DynamicModule, type INestApplicationContext, type Provider, type Type } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { AuthzModule } from '@nx/authz';
import { ConfigModule } from '@nx/config';
import { TOPICS } from '@nx/contracts';
import { ConsumerFactory, MessagingModule } from '@nx/messaging';
import { checkStateMachine, STATE_MACHINES } from '@nx/mq-pay';
import { ObservabilityModule } from '@nx/observability';
import { isInfrastructureError, PersistenceModule } from '@nx/persistence';
import { QueueModule } from '@nx/queue';
import { RealtimeModule } from '@nx/realtime';
import { ParkingStore, ReliableModule } from '@nx/reliable';
import { ChargebacksController } from './chargebacks/chargebacks.controller';
import {
  DecidedChargebacksController,
  InternalChargebacksController,
  OperatorChargebacksController,
} from './chargebacks/decided-chargebacks.controller';
import { SweepReminders } from './chargebacks/sweep-reminders';
import { CheckoutController } from './checkout/checkout.controller';
import { ConfigurationsController } from './configurations/configurations.controller';
import { CoreModule } from './core.module';
import { InvoicesConsumer } from './invoices-in/invoices.consumer';
import { IpnController } from './ipn/ipn.controller';
import { IpnProcessor } from './ipn/ipn.processor';
import { ReturnController } from './ipn/return.controller';
import { JOBS, QUEUES } from './jobs';
import { MeasureImbalance } from './ledger/measure-imbalance';
import { SealChains } from './ledger/chain/seal-chains';
import { ApprovalsController, InternalApprovalsController } from './operations/approvals/approvals.controller';
import { FreezesController, InternalFreezesController } from './operations/freezes/freezes.controller';
import { FindingsController, InternalFindingsController } from './operations/findings/findings.controller';
import {
  InternalParkedRecordsController,
  ParkedRecordsController,
} from './operations/parked-records/parked-records.controller';
import { BlockingController, InternalBlockingController } from './operations/blocking/blocking.controller';
import { WatchInvariants } from './operations/blocking/watch-invariants';
import { InternalSuspenseController, SuspenseController } from './operations/suspense/suspense.controller';
import { PaymentMetrics } from './operations/payment-metrics';
import { InternalResolutionsController, ResolutionsController } from './operations/resolutions/resolutions.controller';
import { PaymentConfig, paymentKeyRing } from './payment.config';
import { KafkaRoutes } from './publishing/kafka-routes';
import { PushRoute } from './publishing/push-route';
import { RefundProcessor } from './refunds/refund.processor';
import { RefundsController } from './refunds/refunds.controller';
import { RoomsController } from './rooms/rooms.controller';
import { AttemptProcessor } from './transactions/attempt.processor';
import { ROUTES } from './transactions/payment-events';
import { SweepDueWork } from './transactions/sweep-due-work';
import { TransactionsController } from './transactions/transactions.controller';
import { WebhookConfigController } from './webhooks/webhook-config.controller';
import { WebhookDeliveriesController } from './webhooks/webhook-deliveries.controller';
import { WebhookRoute } from './webhooks/webhook-route';
import { WebhookProcessor } from './webhooks/webhook.processor';

const PUBLIC_CONTROLLERS: Type[] = [
  CheckoutController,
  TransactionsController,
  RefundsController,
  ChargebacksController,
  ConfigurationsController,
  WebhookConfigController,
  WebhookDeliveriesController,
  ReturnController,
];

/** What the edge of the callbacks serves beside its probes: nothing that a person or a sibling calls. */
const EDGE_CONTROLLERS: Type[] = [IpnController];

/** For people of the platform alone; a router of their own leads here, the public one refuses them. */
const OPERATOR_CONTROLLERS: Type[] = [
  DecidedChargebacksController,
  OperatorChargebacksController,
  ApprovalsController,
  FindingsController,
  FreezesController,
  ResolutionsController,
  BlockingController,
  SuspenseController,
  ParkedRecordsController,
];

/** For the machine itself and siblings, in every mode. */
const INTERNAL_CONTROLLERS: Type[] = [
  RoomsController,
  InternalChargebacksController,
  InternalApprovalsController,
  InternalFindingsController,
  InternalFreezesController,
  InternalResolutionsController,
  InternalBlockingController,
  InternalSuspenseController,
  InternalParkedRecordsController,
];

/** The controllers of a mode; an api may be the edge of the callbacks alone. */
function controllersOf({ mode, routes }: PaymentConfig): Type[] {
  if (routes.served === 'ipn') return EDGE_CONTROLLERS;
  return [
    ...(mode === 'worker' ? [] : [...EDGE_CONTROLLERS, ...PUBLIC_CONTROLLERS, ...OPERATOR_CONTROLLERS]),
    ...INTERNAL_CONTROLLERS,
    ...(mode === 'api' ? [] : [InvoicesConsumer]),
  ];
}

/** What runs by itself: jobs, publishers of the outbox, the sweeper. */
const BACKGROUND: Provider[] = [
  IpnProcessor,
  AttemptProcessor,
  RefundProcessor,
  WebhookProcessor,
  KafkaRoutes,
  PushRoute,
  WebhookRoute,
  SweepDueWork,
  SweepReminders,
  SealChains,
  WatchInvariants,
  PaymentMetrics,
  MeasureImbalance,
];

/** The consumers of this mode: an api starts without Kafka. */
export const consumersOf = (app: INestApplicationContext): CustomTransportStrategy[] =>
  app.get(PaymentConfig).mode === 'api' ? [] : [app.get(ConsumerFactory).create(app.get(ParkingStore))];

/** Tables beside the outbox whose monthly partitions are kept ahead. */
const PARTITIONED = ['mq_pay."LedgerEntry"', 'payment."WebhookTry"'];

/** The payment service in one of its modes: `api` serves requests, `worker` does what follows, `full` both. */
@Module({})
export class PaymentModule {
  static forRoot(config: PaymentConfig): DynamicModule {
    for (const machine of STATE_MACHINES) checkStateMachine(machine);
    const works = config.mode !== 'api';
    return {
      module: PaymentModule,
      imports: [
        ConfigModule.forRoot(PaymentConfig, config),
        ObservabilityModule.forRoot({ service: 'payment', mode: config.mode, config: config.observability }),
        PersistenceModule.forRoot({ service: 'payment' }),
        MessagingModule.forRoot({
          service: 'payment',
          producer: works,
          consumer: works,
          requiredTopics: works ? [TOPICS.paymentEvents, TOPICS.invoiceEvents, TOPICS.activityNotification] : [],
          isInfrastructureError,
        }),
        ReliableModule.forRoot({
          schema: 'mq_pay',
          routes: Object.values(ROUTES),
          partitionedTables: PARTITIONED,
          keys: { scope: 'payment', ring: paymentKeyRing(config) },
        }),
        AuthzModule.forRoot({ jwks: config.jwks }),
        RealtimeModule.forRoot({ redis: config.websocketRedis }),
        QueueModule.forRoot({
          jobs: JOBS,
          process: works,
          concurrency: {
            [QUEUES.confirmation]: config.queues.confirmationConcurrency,
            [QUEUES.scheduler]: 4,
            [QUEUES.operations]: 4,
            [QUEUES.webhook]: config.queues.webhookConcurrency,
          },
        }),
        CoreModule,
      ],
      controllers: controllersOf(config),
      providers: works ? BACKGROUND : [],
    };
  }
}
