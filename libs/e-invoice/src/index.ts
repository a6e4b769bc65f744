export { InvalidInvoiceError } from './problem';
export type { Problem } from './problem';
export { isIsoDate, vietnamDate, vietnamInstant, endOfVietnamDay, addDays } from './vietnam-date';
export type { IsoDate } from './vietnam-date';
export type {
  CalculatedInvoice,
  CalculationInput,
  DecimalText,
  InvoiceCorrection,
  InvoiceCurrency,
  InvoiceDraft,
  InvoiceForm,
  InvoiceLine,
  InvoiceLineInput,
  InvoicePaymentMethod,
  InvoiceReference,
  InvoiceSeller,
  InvoiceTotals,
  LineKind,
  TaxGroup,
  TaxMethod,
} from './invoice';
export { calculateInvoice, checkCalculation } from './calculation/calculate-invoice';
export { groupLines, sumLines } from './calculation/sum-lines';
export { negateInvoice } from './calculation/negate-invoice';
export { earlierReturn, leftToReturn, returnGoods } from './calculation/return-goods';
export type { EarlierReturn, ReturnedLine, ReturnInput } from './calculation/return-goods';
export { changePrices } from './calculation/change-prices';
export type { ChangedPrice, PriceChange, PriceChangeInput } from './calculation/change-prices';
export { checkDraft } from './check-draft';
export { checkInvoice } from './check-invoice';
export type { InvoiceCheckOptions } from './check-invoice';
export { checkRounding, DEFAULT_ROUNDING_ALLOWANCE } from './calculation/rounding';
export type { RoundingAllowance, RoundingFinding } from './calculation/rounding';
export {
  isRateInForce,
  NoRateRuleError,
  parseTaxRate,
  rateFor,
  standardCategory,
  taxRateOfPercent,
} from './calculation/tax-rate';
export type { Effective } from './law/rules/effective';
export { LAW_RULES, lawOn } from './law/rules/law-rules';
export type { LawRule, LawSubject } from './law/rules/law-rules';
export { isExcludedFromCut, RATE_RULES, VAT_CUT_EXCLUSIONS } from './law/rules/rate-rules';
export type { ExcludedGoods, ExclusionRule, RateRule, TaxCategory, TaxRate } from './law/rules/rate-rules';
export { householdMustInvoice, needsNonCashEvidence, THRESHOLD_RULES, thresholdOn } from './law/rules/threshold-rules';
export type { ThresholdRule, ThresholdSubject } from './law/rules/threshold-rules';
export { DIRECT_RATIO_RULES, DIRECT_REDUCTION_RULES } from './law/rules/direct-method-rules';
export type { DirectCategory, DirectRatioRule, DirectReductionRule } from './law/rules/direct-method-rules';
export { amountInWords } from './calculation/amount-in-words';
export type { WordStyle } from './calculation/amount-in-words';
export {
  BUYER_DATA_RULES,
  buyerDisplayName,
  CONSUMER_NAME,
  identifyBuyer,
  normalizeBuyer,
  validateBuyer,
} from './buyer';
export type {
  BuyerDataRule,
  BuyerIdentification,
  CompanyBuyer,
  ConsumerBuyer,
  InvoiceBuyer,
  PersonBuyer,
} from './buyer';
export { checkTaxCode } from './tax-code/check-tax-code';
export type { TaxCodeCheck, TaxCodeKind, TaxCodeProblem, TaxCodeWarning } from './tax-code/check-tax-code';
export { describeTaxCode, InvalidTaxCodeError } from './tax-code/describe-tax-code';
export type { TaxCodeParts } from './tax-code/describe-tax-code';
export { lookUpTaxCode, VIETQR_BUSINESS_URL } from './tax-code/look-up-tax-code';
export type { LookUpFailure, TaxCodeLookUp, TaxCodeLookUpOptions } from './tax-code/look-up-tax-code';
export {
  checkSeries,
  FORM_PATTERN,
  formOf,
  parseSymbol,
  printedSymbol,
  SYMBOL_PATTERN,
  symbolPatternOn,
} from './series/symbol';
export type { ParsedSymbol } from './series/symbol';
export { FORM_RULES, formOn, letterOn, SERIES_LETTER_RULES } from './law/rules/series-rules';
export type { FormRule, SeriesLetter, SeriesLetterRule } from './law/rules/series-rules';
export {
  formatInvoiceNumber,
  InvoiceNumberError,
  MAX_INVOICE_NUMBER,
  nextInvoiceNumber,
  parseInvoiceNumber,
} from './series/invoice-number';
export type { SeriesPosition } from './series/invoice-number';
export {
  CashRegisterCodeError,
  DEFAULT_COUNTER_RESET,
  formatCashRegisterCode,
  MAX_CASH_REGISTER_SEQUENCE,
  nextCashRegisterCode,
  parseCashRegisterCode,
} from './series/cash-register-code';
export type { CashRegisterCode, CashRegisterCounter, CounterReset, NextCodeInput } from './series/cash-register-code';
export {
  causeCodeOf,
  CORRECTION_LINKS,
  correctMany,
  LEGAL_ACTIONS,
  legalActions,
  legalDecision,
} from './law/legal-actions';
export type {
  BuyerConsent,
  LegalAction,
  LegalDecision,
  LegalOptions,
  LegalSituation,
  LegalState,
  ManyDecision,
  WrongInvoice,
} from './law/legal-actions';
export { CANCEL_RULES, CAUSE_CODES, ERROR_RULES, MANY_INVOICES_RULES } from './law/rules/error-rules';
export type { CauseCode, CorrectionCause, CorrectionMethod, ErrorRule } from './law/rules/error-rules';
export { correctionLine } from './law/correction-line';
export {
  alarmHorizon,
  CLAIM_HOURS,
  claimDeadline,
  issueTarget,
  legalDeadline,
  maySignAt,
  outageDeadline,
  seriesOpensAt,
  seriesWaitEnd,
  signingDeadline,
} from './law/legal-clock';
export type { ClaimDeadlineInput, ClaimHours, LegalDeadlineInput, OutageKind } from './law/legal-clock';
export { DEADLINE_RULES, deadlineRuleOn } from './law/rules/deadline-rules';
export type { DeadlineRule, DeadlineSubject } from './law/rules/deadline-rules';
export { isWorkingDay, nextWorkingDay, VIETNAM_CALENDAR } from './law/rules/working-calendar';
export type { WorkingCalendar } from './law/rules/working-calendar';
export { XmlError } from './xml/xml-error';
export type { XmlProblem } from './xml/xml-error';
export { readXml, XML_LIMITS } from './xml/read-xml';
export type { XmlElement, XmlLimits } from './xml/read-xml';
export { buildHDon, parseHDon } from './xml/hdon';
export type {
  HDon,
  HDonBuyer,
  HDonData,
  HDonHeader,
  HDonLine,
  HDonLink,
  HDonOtherInformation,
  HDonSeller,
  HDonTotals,
} from './xml/hdon';
export { hdonOf } from './xml/hdon-of-invoice';
export type { InvoiceDocument, InvoiceLink, LinkedInvoice, OtherField } from './xml/hdon-of-invoice';
export { validateHDon } from './xml/validate-hdon';
export type { HDonExpectations } from './xml/validate-hdon';
export type { HDonFinding, HDonRule } from './xml/findings';
export { documentVersion, VERSION_RULES } from './xml/document-version';
export type { VersionRule } from './xml/document-version';
export { signDocument } from './signature/sign-document';
export type { Signer, SigningOptions } from './signature/sign-document';
export { verifyDocument, verifyInvoice } from './signature/verify-document';
export type { VerificationPolicy, VerifiedInvoice, VerifiedSignature } from './signature/verify-document';
export { SignatureError } from './signature/signature-error';
export type { SignatureFault } from './signature/signature-error';
export { BUYER_SIGNATURE, NOTICE_SIGNATURE, SELLER_SIGNATURE } from './signature/signature-place';
export type { SignaturePlace } from './signature/signature-place';
export {
  buildErrorNotice,
  buildTvanMessage,
  isMessage,
  parseErrorNotice,
  parseTvanMessage,
  tvanMessage,
} from './t-van/message';
export type {
  HeaderInput,
  KnownMessage,
  MessageHeader,
  TvanMessage,
  TypedMessage,
  UntypedMessage,
} from './t-van/message';
export type { ContentOf, ErrorNotice, Reason, TypedMessageCode } from './t-van/contents';
export { messageIdOfUuid, newMessageId, partyCode } from './t-van/message-id';
export { MESSAGE_TYPES, messageType } from './t-van/message-types';
export type { MessageDirection, MessageType } from './t-van/message-types';
export { authorityCodes, refusalReasons, VERDICT_CODES, verdictOf } from './t-van/verdict';
export type { CodedInvoice, RefusalReason, Verdict, VerdictCodes } from './t-van/verdict';
export { trackMessages } from './t-van/track-messages';
export type { MessageState, SentMessage, StrayAnswer, TrackedMessage, TrackedMessages } from './t-van/track-messages';
export { TVAN_DEFAULTS } from './issuers/t-van/settings';
export type { TvanSettings } from './issuers/t-van/settings';
export { TokenCache } from './issuers/token-cache';
export type { IssuedToken, TokenCacheOptions } from './issuers/token-cache';
export type {
  AdjustRequest,
  ConnectionTest,
  DownloadOutcome,
  InvoiceIssuer,
  IssuedInvoice,
  IssueOutcome,
  IssueRequest,
  IssuerCapabilities,
  IssuerCode,
  IssuerConnection,
  LookUpOutcome,
  NotIssuedProof,
  OriginalInvoice,
  OwnNumber,
  ProviderKey,
  RawExchange,
  UnknownReason,
} from './issuers/issuer';
export { ISSUERS } from './issuers/issuers';
export { MISA_DEFAULTS } from './issuers/misa-meinvoice/settings';
export type { MisaSettings } from './issuers/misa-meinvoice/settings';
export { VIETTEL_DEFAULTS } from './issuers/viettel-sinvoice-v2/settings';
export type { ViettelSettings } from './issuers/viettel-sinvoice-v2/settings';
export { VNPT_DEFAULTS } from './issuers/vnpt-soap/settings';
export type { VnptSettings } from './issuers/vnpt-soap/settings';
export { VNPAY_DEFAULTS } from './issuers/vnpay-v6/settings';
export type { VnpaySettings } from './issuers/vnpay-v6/settings';
export { loadAdministrativeUnits, loadFormerCommunes } from './administrative-units/administrative-units';
export { UnitResolver } from './administrative-units/unit-resolver';
export type { UnitNames, UnitResolution } from './administrative-units/unit-resolver';
export type { CurrentUnit } from './administrative-units/unit-index';
export type {
  AdministrativeUnits,
  Commune,
  FormerCommune,
  Province,
} from './administrative-units/administrative-units';
export { renderInvoicePdf } from './pdf/render-invoice-pdf';
export { loadInvoiceFonts } from './pdf/fonts';
export type { InvoiceFonts } from './pdf/fonts';
export { UnprintableInvoiceError } from './pdf/unprintable-error';
export type { UnprintableProblem, UnprintableReason } from './pdf/unprintable-error';
export type { InvoiceCopy, InvoicePdfOptions, PrintedInvoice, PrintedSignature } from './pdf/printed-invoice';
