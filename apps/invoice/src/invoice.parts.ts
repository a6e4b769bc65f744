import type { Provider, Type } from '@nestjs/common';
import { AuditTrail, ParkedRecords } from '@nx/reliable';
import { AdministrativeUnitsController } from './administrative-units/administrative-units.controller';
import { ClaimCode } from './claims/claim-code';
import { ClaimsController } from './claims/claims.controller';
import { InvoiceRequestsController } from './claims/invoice-requests.controller';
import { ManageRequests } from './claims/manage-requests';
import { ReadClaim } from './claims/read-claim';
import { FollowAuthority } from './authority/follow-authority';
import { FailOver } from './failover/fail-over';
import { FailoverController } from './failover/failover.controller';
import { DeadLetters } from './dead-letters/dead-letters';
import { DeadLettersController, InternalDeadLettersController } from './dead-letters/dead-letters.controller';
import { ReplayInvoice } from './dead-letters/replay-invoice';
import { ChangePartitions } from './partitions/change-partitions';
import { FollowPartitions } from './partitions/follow-partitions';
import { MovePartitions } from './partitions/move-partitions';
import { PartitioningRepository } from './partitions/partitioning.repository';
import { InternalPartitionsController, PartitionsController } from './partitions/partitions.controller';
import { Findings } from './findings/findings';
import {
  InternalFindingsController,
  MerchantFindingsController,
  OperatorFindingsController,
} from './findings/findings.controller';
import { ManageFindings } from './findings/manage-findings';
import { CreateInvoice } from './invoices/create-invoice';
import { AdjustInvoice } from './corrections/adjust-invoice';
import { CorrectionRepository } from './corrections/correction.repository';
import { CorrectionsController } from './corrections/corrections.controller';
import { MakeCorrection } from './corrections/make-correction';
import { NoticeError } from './corrections/notice-error';
import { ReplaceInvoice } from './corrections/replace-invoice';
import { InvoicesController } from './invoices/invoices.controller';
import { ReadInvoices } from './invoices/read-invoices';
import { SteerInvoice } from './invoices/steer-invoice';
import {
  InternalParkedRecordsController,
  ParkedRecordsController,
} from './operations/parked-records/parked-records.controller';
import { ManageMappings } from './providers/manage-mappings';
import { ManageProviderConfigs } from './providers/manage-provider-configs';
import { ManageProviders } from './providers/manage-providers';
import { MappingsController } from './providers/mappings.controller';
import { ProfileController } from './providers/profile.controller';
import { ProviderConfigsController } from './providers/provider-configs.controller';
import { ProvidersController } from './providers/providers.controller';
import { AskForResync } from './resync/ask-for-resync';
import { InternalResyncController, ResyncController } from './resync/resync.controller';
import { ResyncRepository } from './resync/resync.repository';
import { ResyncTaxInfo } from './resync/resync-tax-info';
import { WorkOnResyncs } from './resync/work-on-resyncs';
import { RoomsController } from './rooms/rooms.controller';
import { LookUpTaxCode } from './tax-info/look-up-tax-code';
import { TaxInfoController } from './tax-info/tax-info.controller';
import { ApplyAuthority } from './webhooks/apply-authority';
import { ReceiveWebhook } from './webhooks/receive-webhook';
import { WebhooksController } from './webhooks/webhooks.controller';
import { ClaimExpiryProcessor } from './claims/claim-expiry.processor';
import { ClaimInvoice } from './claims/claim-invoice';
import { ExpireClaim } from './claims/expire-claim';
import { InvoiceRequestRepository } from './claims/invoice-request.repository';
import { SettleClaim } from './claims/settle-claim';
import { InvoiceTrail } from './invoices/invoice-trail';
import { ChangeInvoice } from './invoices/change-invoice';
import { InvoiceRepository } from './invoices/invoice.repository';
import { MakeInvoice } from './invoices/make-invoice';
import { ReleaseInvoices } from './invoices/release-invoices';
import { CallIssuer } from './issuance/call-issuer';
import { EnqueueIssuance } from './issuance/enqueue-issuance';
import { InvoiceMetrics } from './issuance/invoice-metrics';
import { IssuanceProcessor } from './issuance/issuance.processor';
import { IssuanceRepository } from './issuance/issuance.repository';
import { IssueInvoice } from './issuance/issue-invoice';
import { LookUpInvoice } from './issuance/look-up-invoice';
import { SendPort } from './issuance/send-port';
import { SeriesOrder } from './issuance/series-order';
import { SettleIssuance } from './issuance/settle-issuance';
import { SweepDueWork } from './issuance/sweep-due-work';
import { WatchDeadlines } from './issuance/watch-deadlines';
import { ConnectorSilence } from './merchants-in/connector-silence';
import { FeedLag } from './merchants-in/feed-lag';
import { HandleMerchantChange } from './merchants-in/handle-merchant-change';
import { MergeTaxInfo } from './merchants-in/merge-tax-info';
import { MerchantsConsumer } from './merchants-in/merchants.consumer';
import { SettleKnownChanges } from './merchants-in/settle-known-changes';
import { HandlePaymentSuccess } from './payments-in/handle-payment-success';
import { PaymentsConsumer } from './payments-in/payments.consumer';
import { SaleClient } from './payments-in/sale-client';
import { ExplainRefunds } from './refunds-in/explain-refunds';
import { HandlePaymentEvent } from './refunds-in/handle-payment-event';
import { PlanRepository } from './providers/plan.repository';
import { ProviderCredentials } from './providers/provider-credentials';
import { KafkaRoutes } from './publishing/kafka-routes';
import { PushRoute } from './publishing/push-route';
import { TaxInfoRepository } from './tax-info/tax-info.repository';

/** What every mode has. */
export const USE_CASES: Provider[] = [
  AdjustInvoice,
  ApplyAuthority,
  AskForResync,
  AuditTrail,
  CallIssuer,
  ChangeInvoice,
  ChangePartitions,
  ClaimCode,
  ClaimInvoice,
  CorrectionRepository,
  CreateInvoice,
  DeadLetters,
  EnqueueIssuance,
  ExpireClaim,
  FailOver,
  Findings,
  FollowPartitions,
  InvoiceRepository,
  InvoiceRequestRepository,
  InvoiceTrail,
  IssuanceRepository,
  LookUpTaxCode,
  MakeCorrection,
  MakeInvoice,
  ManageFindings,
  ManageMappings,
  ManageProviderConfigs,
  ManageProviders,
  ManageRequests,
  NoticeError,
  ParkedRecords,
  PartitioningRepository,
  ExplainRefunds,
  PlanRepository,
  ProviderCredentials,
  ReadClaim,
  ReadInvoices,
  ReceiveWebhook,
  ReleaseInvoices,
  ReplayInvoice,
  ReplaceInvoice,
  ResyncRepository,
  SendPort,
  SettleClaim,
  SettleIssuance,
  SteerInvoice,
  TaxInfoRepository,
];

/** What runs jobs, consumes Kafka and publishes the outbox. */
export const WORKERS: Provider[] = [
  ClaimExpiryProcessor,
  ConnectorSilence,
  FeedLag,
  FollowAuthority,
  HandleMerchantChange,
  SettleKnownChanges,
  HandlePaymentEvent,
  HandlePaymentSuccess,
  InvoiceMetrics,
  IssuanceProcessor,
  IssueInvoice,
  KafkaRoutes,
  LookUpInvoice,
  MergeTaxInfo,
  MovePartitions,
  PushRoute,
  ResyncTaxInfo,
  SaleClient,
  SeriesOrder,
  SweepDueWork,
  WatchDeadlines,
  WorkOnResyncs,
];

export const CONSUMERS: Type[] = [PaymentsConsumer, MerchantsConsumer];
export const CONTROLLERS: Type[] = [
  AdministrativeUnitsController,
  ClaimsController,
  DeadLettersController,
  FailoverController,
  CorrectionsController,
  InvoiceRequestsController,
  InvoicesController,
  MappingsController,
  MerchantFindingsController,
  OperatorFindingsController,
  ParkedRecordsController,
  PartitionsController,
  ProfileController,
  ProviderConfigsController,
  ProvidersController,
  ResyncController,
  TaxInfoController,
  WebhooksController,
];
export const INTERNAL_CONTROLLERS: Type[] = [
  InternalDeadLettersController,
  InternalFindingsController,
  InternalParkedRecordsController,
  InternalPartitionsController,
  InternalResyncController,
  RoomsController,
];
