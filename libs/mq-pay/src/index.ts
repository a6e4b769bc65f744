export { checkAmount } from './amount-window';
export type { AmountCheck, AmountWindow } from './amount-window';
export { MalformedCallbackError } from './callback';
export type {
  CallbackAnswer,
  CallbackAnswerContext,
  CallbackAnswerKind,
  CallbackProtocol,
  ParsedCallback,
  RawCallback,
} from './callback';
export { ConfigurationError } from './configuration-error';
export type { ConfigurationProblem } from './configuration-error';
export { crc16CcittFalse } from './emv/crc16';
export { BANKS, bankByBin } from './emv/banks';
export type { Bank } from './emv/banks';
export { NAPAS_GUID, buildEmv, findEmv, parseEmv, parseTemplate } from './emv/emv';
export type { EmvInput, EmvNode } from './emv/emv';
export { EmvError } from './emv/emv-error';
export type { EmvErrorReason } from './emv/emv-error';
export type { Initiation, MerchantFields } from './emv/merchant-fields';
export type { Tip } from './emv/tip';
export { buildVietQr, readVietQr } from './emv/vietqr-profile';
export type { VietQr, VietQrOptions, VietQrService } from './emv/vietqr-profile';
export { VNPAY_GUID, buildVnpayQr, checkVnpayQr, readVnpayQr } from './emv/vnpay-profile';
export type { VnpayQr, VnpayQrExpectation } from './emv/vnpay-profile';
export { ruleFor } from './error-table';
export type { ErrorCodeRule, ErrorTable } from './error-table';
export { applyDecision } from './evidence/apply-decision';
export { callbackAnswerKind, evidenceOfCallback } from './evidence/callback-answer';
export type { CallbackAttempt } from './evidence/callback-answer';
export { decideAttempt } from './evidence/decide';
export type {
  AttemptState,
  BookedPayment,
  Decision,
  FindingCode,
  IgnoreReason,
  PaymentState,
  Reversal,
  TransactionState,
} from './evidence/decision';
export type { Evidence, EvidenceSource, Verdict } from './evidence/evidence';
export { fold, merge } from './evidence/merge';
export type { MergeResult } from './evidence/merge';
export { decideUnblock } from './evidence/unblock';
export type { BlockedSuspense, UnblockDecision } from './evidence/unblock';
export type { OperationKind } from './operation-kind';
export { decideChargebackMove, decideChargebackOpening } from './chargebacks/decide-chargeback';
export type {
  ChargebackDecision,
  ChargebackOpening,
  ChargebackProblem,
  ContestedAttempt,
} from './chargebacks/decide-chargeback';
export { ACCOUNT_RULES, accountCode } from './posting/accounts';
export type { AccountDimension, AccountRule, AccountType, EntrySide, LedgerAccountRef } from './posting/accounts';
export type { ChargebackPosting } from './posting/chargebacks';
export type { OwnerDebit, PostingContext } from './posting/instrument';
export { checkJournal } from './posting/journal';
export type { JournalDraft, JournalEntryDraft, JournalKind, Line } from './posting/journal';
export { postPaymentSuccess, postSuspenseWithoutAttempt } from './posting/payments';
export type { PaymentSuccessPosting, ReversalPosting } from './posting/payments';
export type { PayoutPosting } from './posting/payouts';
export type { LateRefundPosting, RefundPosting } from './posting/refunds';
export { POSTING_RULES, POSTING_RULES_VERSION, postingRules } from './posting/rules';
export type { FeePosting, SettlementPosting } from './posting/settlements';
export type {
  CreateRequest,
  CreateResult,
  OperationOutcome,
  OperationResult,
  PaymentMethod,
  PaymentProvider,
  ProviderCapabilities,
  ProviderCode,
  ProviderConfiguration,
  ProviderEnvironment,
  QueryRequest,
  QueryResult,
  RawExchange,
  RefundQueryRequest,
  RefundQueryResult,
  RefundRequest,
  RefundResult,
  SettlementModel,
} from './provider';
export { PROVIDERS, providerRegistry } from './providers/registry';
export { counterMoneyRefusal, receiveCounterMoney } from './providers/system/counter';
export type { CounterProblem, CounterReceipt, CounterResult } from './providers/system/counter';
export { evidenceOfCredit } from './providers/vietqr/statement';
export type { StatementCredit } from './providers/vietqr/statement';
export { matchTransferContent } from './providers/vietqr/transfer-content';
export { GatewayFieldError, GatewayMessageError } from './providers/vnpay-gateway/gateway-error';
export type { GatewayFault } from './providers/vnpay-gateway/gateway-error';
export { IPN_ANSWERS, IPN_MAXIMUM_CALLS, IPN_PAUSE_MS } from './providers/vnpay-gateway/codes';
export type { IpnAnswerCode, IpnAnswerRule } from './providers/vnpay-gateway/codes';
export type { QuerydrResponse, RefundResponse } from './providers/vnpay-gateway/api-response';
export { GATEWAY_MESSAGES } from './providers/vnpay-gateway/messages';
export { readGatewayReturn } from './providers/vnpay-gateway/notification';
export type { GatewayNotification, GatewayReturn } from './providers/vnpay-gateway/notification';
export type { BillingField, PayMessage } from './providers/vnpay-gateway/pay-message';
export type { QuerydrRequest } from './providers/vnpay-gateway/querydr-request';
export type { GatewayRefundRequest } from './providers/vnpay-gateway/refund-request';
export { verifyReceived } from './providers/vnpay-gateway/secure-hash';
export type { Received } from './providers/vnpay-gateway/secure-hash';
export { phonePosProvider } from './providers/vnpay-phone-pos/provider';
export { QR_MMS_CALLBACK_SHAPE } from './providers/vnpay-qr-mms/callback';
export type { CallbackMember, CallbackShape } from './providers/vnpay-qr-mms/callback';
export { applyRefundDecision, decideRefundResult } from './refunds/decide-refund-result';
export { decideRefundOpening, decideRefundRetry, openSuspenseRefund } from './refunds/open-refund';
export type {
  RefundCircumstances,
  RefundInstrument,
  RefundOpening,
  RefundProblem,
  RefundRequestTerms,
} from './refunds/open-refund';
export type {
  LateRefund,
  RefundDecision,
  RefundOutcome,
  RefundSource,
  RefundState,
  RefundTry,
  RefundableAttempt,
  RefundableSuspense,
} from './refunds/refund';
export { decideAutomaticRefund } from './refunds/refund-suspense';
export type { AutomaticRefund, AutomaticRefundCircumstances, NoAutomaticRefund } from './refunds/refund-suspense';
export { QrMmsMessageError, readQrMmsMessage, writeQrMmsMessage } from './providers/vnpay-qr-mms/message-codec';
export type { QrMmsMessageProblem } from './providers/vnpay-qr-mms/message-codec';
export type {
  QrMmsChecksumStyle,
  QrMmsMessageField,
  QrMmsMessageLayout,
  QrMmsMessageValues,
} from './providers/vnpay-qr-mms/message-layout';
export { QR_MMS_MESSAGES } from './providers/vnpay-qr-mms/messages';
export { QR_MMS_REPLY_CODES, readQrMmsReply } from './providers/vnpay-qr-mms/reply';
export type { QrMmsReply } from './providers/vnpay-qr-mms/reply';
export {
  attemptUid,
  isAttemptUid,
  isProviderSafeReference,
  isRefundNumber,
  refundNumber,
  transactionUid,
} from './references';
export type { RandomBytes } from './references';
export {
  EXPIRED_SCHEDULE_MS,
  EXPIRY_GRACE_MS,
  QUERY_SCHEDULE_MS,
  firstConclusiveQueryAt,
  isLate,
  nextQueryAt,
} from './schedule';
export {
  IllegalTransitionError,
  canTransition,
  checkStateMachine,
  sourcesOf,
  statesOf,
  transition,
} from './states/machine';
export type { StateMachine } from './states/machine';
export {
  ATTEMPT_MACHINE,
  CHARGEBACK_MACHINE,
  OPEN_ATTEMPT_STATUSES,
  REFUND_MACHINE,
  STATE_MACHINES,
  TRANSACTION_MACHINE,
  isOpenAttempt,
} from './states/machines';
export type { AttemptStatus, ChargebackStatus, RefundStatus, TransactionStatus } from './states/machines';
