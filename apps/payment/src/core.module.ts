import { Module, type Provider } from '@nestjs/common';
import { AuditTrail, ParkedRecords } from '@nx/reliable';
import { MoveChargeback } from './chargebacks/move-chargeback';
import { OpenChargeback } from './chargebacks/open-chargeback';
import { RemindOfEvidence } from './chargebacks/remind-of-evidence';
import { ReadChargebacks } from './chargebacks/read-chargebacks';
import { AskForPayment } from './checkout/ask-for-payment';
import { CancelPayment } from './checkout/cancel-payment';
import { CheckoutKey } from './checkout/checkout-key';
import { ReceiveCash } from './checkout/receive-cash';
import { ResumeCheckout } from './checkout/resume-checkout';
import { StartCheckout } from './checkout/start-checkout';
import { VerifyAttempt } from './checkout/verify-attempt';
import { ConfigurationRepository } from './configurations/configuration.repository';
import { ManageConfigurations } from './configurations/manage-configurations';
import { PaymentSettings } from './configurations/payment-settings';
import { TestConfiguration } from './configurations/test-configuration';
import { NoteInvoiceEvent } from './invoices-in/note-invoice-event';
import { ForgedIpnSample } from './ipn/forged-ipn';
import { ProcessIpn } from './ipn/process-ipn';
import { ReceiveIpn } from './ipn/receive-ipn';
import { ReceiveReturn } from './ipn/receive-return';
import { Approvals } from './operations/approvals/approvals';
import { DecideApproval } from './operations/approvals/decide-approval';
import { ReadApprovals } from './operations/approvals/read-approvals';
import { FreezeRepository } from './operations/freezes/freeze.repository';
import { Freezes } from './operations/freezes/freezes';
import { LiftFreeze } from './operations/freezes/lift-freeze';
import { ReadFreezes } from './operations/freezes/read-freezes';
import { SetFreeze } from './operations/freezes/set-freeze';
import { AssignFinding } from './operations/findings/assign-finding';
import { ChangeFinding } from './operations/findings/change-finding';
import { FindingRepository } from './operations/findings/finding.repository';
import { ReadFindings } from './operations/findings/read-findings';
import { ReopenFinding } from './operations/findings/reopen-finding';
import { ResolveFinding } from './operations/findings/resolve-finding';
import { ApplyOperatorEvidence } from './operations/resolutions/apply-operator-evidence';
import { AskProviderAgain } from './operations/resolutions/ask-provider-again';
import { CheckGateway } from './operations/resolutions/check-gateway';
import { LoadTransaction } from './operations/resolutions/load-transaction';
import { OperatorActs } from './operations/resolutions/operator-acts';
import { ReplayEvidence } from './operations/resolutions/replay-evidence';
import { ResolveTransaction } from './operations/resolutions/resolve-transaction';
import { RetryFailedRefund } from './operations/resolutions/retry-failed-refund';
import { ReversePayment } from './operations/resolutions/reverse-payment';
import { BlockByOperator } from './operations/blocking/block-by-operator';
import { BlockTransaction } from './operations/blocking/block-transaction';
import { UnblockTransaction } from './operations/blocking/unblock-transaction';
import { AcceptItem } from './operations/suspense/accept-item';
import { MatchSuspense } from './operations/suspense/match-suspense';
import { ReadSuspense } from './operations/suspense/read-suspense';
import { RefundItem } from './operations/suspense/refund-item';
import { CallProvider } from './providers/call-provider';
import { QueryLane } from './providers/query-lane';
import { ProviderCredentials } from './providers/provider-credentials';
import { SendPort } from './providers/send-port';
import { ApplyRefundResult } from './refunds/apply-refund-result';
import { BeginTry } from './refunds/begin-try';
import { OpenRefund } from './refunds/open-refund';
import { ReadRefunds } from './refunds/read-refunds';
import { RefundSuspense } from './refunds/refund-suspense';
import { RefundLimit } from './refunds/refund-limit';
import { RetryRefund } from './refunds/retry-refund';
import { WorkOnRefund } from './refunds/work-on-refund';
import { FindRoom } from './rooms/find-room';
import { ApplyProviderResult } from './transactions/apply-provider-result';
import { AskProvider } from './transactions/ask-provider';
import { ChangeTransaction } from './transactions/change-transaction';
import { ReadTransactions } from './transactions/read-transactions';
import { Timeline } from './transactions/timeline';
import { TransactionRepository } from './transactions/transaction.repository';
import { DispatchWebhook } from './webhooks/dispatch-webhook';
import { RANDOM } from './webhooks/random';
import { ManageWebhookConfigs } from './webhooks/manage-webhook-configs';
import { ListDeliveries } from './webhooks/list-deliveries';
import { ReplayDeliveries } from './webhooks/replay-deliveries';
import { ReplayTransaction } from './webhooks/replay-transaction';
import { ReviveDeliveries } from './webhooks/revive-deliveries';
import { SendTest } from './webhooks/send-test';
import { SubscriptionState } from './webhooks/subscription-state';
import { WriteDeliveries } from './webhooks/write-deliveries';
import { WebhookClient } from './webhooks/webhook-client';

const PROVIDERS: Provider[] = [
  TransactionRepository,
  ChangeTransaction,
  ApplyProviderResult,
  AskProvider,
  ReadTransactions,
  Timeline,
  ProviderCredentials,
  SendPort,
  CallProvider,
  QueryLane,
  PaymentSettings,
  ConfigurationRepository,
  ManageConfigurations,
  TestConfiguration,
  AuditTrail,
  ParkedRecords,
  FindingRepository,
  ReadFindings,
  ChangeFinding,
  AssignFinding,
  ResolveFinding,
  ReopenFinding,
  BlockByOperator,
  BlockTransaction,
  UnblockTransaction,
  AcceptItem,
  MatchSuspense,
  ReadSuspense,
  RefundItem,
  ApplyOperatorEvidence,
  AskProviderAgain,
  CheckGateway,
  LoadTransaction,
  OperatorActs,
  ReplayEvidence,
  ResolveTransaction,
  RetryFailedRefund,
  ReversePayment,
  Approvals,
  DecideApproval,
  ReadApprovals,
  Freezes,
  FreezeRepository,
  ReadFreezes,
  SetFreeze,
  LiftFreeze,
  CheckoutKey,
  AskForPayment,
  ResumeCheckout,
  StartCheckout,
  CancelPayment,
  ReceiveCash,
  VerifyAttempt,
  ApplyRefundResult,
  BeginTry,
  OpenRefund,
  RefundLimit,
  RetryRefund,
  RefundSuspense,
  ReadRefunds,
  WorkOnRefund,
  OpenChargeback,
  MoveChargeback,
  ReadChargebacks,
  RemindOfEvidence,
  NoteInvoiceEvent,
  ForgedIpnSample,
  ReceiveIpn,
  ReceiveReturn,
  ProcessIpn,
  { provide: RANDOM, useValue: Math.random },
  WebhookClient,
  DispatchWebhook,
  ManageWebhookConfigs,
  ListDeliveries,
  ReplayDeliveries,
  ReplayTransaction,
  ReviveDeliveries,
  SendTest,
  SubscriptionState,
  WriteDeliveries,
  FindRoom,
];

/** Use cases and repositories: the same in every mode. */
@Module({ providers: PROVIDERS, exports: PROVIDERS })
export class CoreModule {}
