import type { Provider, Type } from '@nestjs/common';
import { ClaimExpiryProcessor } from './claims/claim-expiry.processor';
import { ClaimInvoice } from './claims/claim-invoice';
import { ExpireClaim } from './claims/expire-claim';
import { InvoiceRequestRepository } from './claims/invoice-request.repository';
import { SettleClaim } from './claims/settle-claim';
import { AuditTrail } from './invoices/audit-trail';
import { ChangeInvoice } from './invoices/change-invoice';
import { InvoiceRepository } from './invoices/invoice.repository';
import { MakeInvoice } from './invoices/make-invoice';
import { ReleaseInvoices } from './invoices/release-invoices';
import { CallIssuer } from './issuance/call-issuer';
import { EnqueueIssuance } from './issuance/enqueue-issuance';
import { IssuanceProcessor } from './issuance/issuance.processor';
import { IssuanceRepository } from './issuance/issuance.repository';
import { IssueInvoice } from './issuance/issue-invoice';
import { LookUpInvoice } from './issuance/look-up-invoice';
import { SendPort } from './issuance/send-port';
import { SettleIssuance } from './issuance/settle-issuance';
import { SweepDueWork } from './issuance/sweep-due-work';
import { HandleMerchantChange } from './merchants-in/handle-merchant-change';
import { MerchantsConsumer } from './merchants-in/merchants.consumer';
import { HandlePaymentSuccess } from './payments-in/handle-payment-success';
import { PaymentsConsumer } from './payments-in/payments.consumer';
import { SaleClient } from './payments-in/sale-client';
import { PlanRepository } from './providers/plan.repository';
import { ProviderCredentials } from './providers/provider-credentials';
import { KafkaRoutes } from './publishing/kafka-routes';
import { PushRoute } from './publishing/push-route';
import { TaxInfoRepository } from './tax-info/tax-info.repository';

/** What every mode has. */
export const USE_CASES: Provider[] = [
  AuditTrail,
  CallIssuer,
  ChangeInvoice,
  ClaimInvoice,
  EnqueueIssuance,
  ExpireClaim,
  InvoiceRepository,
  InvoiceRequestRepository,
  IssuanceRepository,
  MakeInvoice,
  PlanRepository,
  ProviderCredentials,
  ReleaseInvoices,
  SendPort,
  SettleClaim,
  SettleIssuance,
  TaxInfoRepository,
];

/** What runs jobs, consumes Kafka and publishes the outbox. */
export const WORKERS: Provider[] = [
  ClaimExpiryProcessor,
  HandleMerchantChange,
  HandlePaymentSuccess,
  IssuanceProcessor,
  IssueInvoice,
  KafkaRoutes,
  LookUpInvoice,
  PushRoute,
  SaleClient,
  SweepDueWork,
];

export const CONSUMERS: Type[] = [PaymentsConsumer, MerchantsConsumer];
export const CONTROLLERS: Type[] = [];
export const INTERNAL_CONTROLLERS: Type[] = [];
