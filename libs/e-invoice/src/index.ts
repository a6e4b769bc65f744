export { InvalidInvoiceError } from './problem';
export type { Problem } from './problem';
export { isIsoDate, vietnamDate, vietnamInstant, endOfVietnamDay, addDays } from './vietnam-date';
export type { IsoDate } from './vietnam-date';
export type {
  CalculatedInvoice,
  CalculationInput,
  DecimalText,
  InvoiceCurrency,
  InvoiceDraft,
  InvoiceForm,
  InvoiceLine,
  InvoiceLineInput,
  InvoicePaymentMethod,
  InvoiceSeller,
  InvoiceTotals,
  LineKind,
  TaxGroup,
  TaxMethod,
} from './invoice';
export { calculateInvoice, groupLines, negateInvoice, sumLines } from './calculate-invoice';
export { checkCalculation, checkDraft } from './check-invoice';
export { checkRounding, DEFAULT_ROUNDING_ALLOWANCE } from './rounding';
export type { RoundingAllowance, RoundingFinding } from './rounding';
export { isRateInForce, NoRateRuleError, parseTaxRate, rateFor, taxRateOfPercent } from './tax-rate';
export { RATE_RULES } from './rules/rate-rules';
export type { RateRule, TaxCategory, TaxRate } from './rules/rate-rules';
export { DIRECT_RATIO_RULES, DIRECT_REDUCTION_RULES } from './rules/direct-method-rules';
export type { DirectCategory, DirectRatioRule, DirectReductionRule } from './rules/direct-method-rules';
export { amountInWords } from './amount-in-words';
export { buyerDisplayName, CONSUMER_NAME, normalizeBuyer, validateBuyer } from './buyer';
export type { CompanyBuyer, ConsumerBuyer, InvoiceBuyer, PersonBuyer } from './buyer';
export { checkTaxCode } from './tax-code/check-tax-code';
export type { TaxCodeCheck, TaxCodeKind } from './tax-code/check-tax-code';
export { FORM_PATTERN, formOf, parseSymbol, SERIES_LETTERS, SYMBOL_PATTERN } from './symbol';
export type { ParsedSymbol, SeriesLetter } from './symbol';
export { CLAIM_HOURS, claimDeadline, issueTarget, legalDeadline } from './legal-clock';
export type { ClaimDeadlineInput, ClaimHours, LegalDeadlineInput } from './legal-clock';
export { isWorkingDay, nextWorkingDay, VIETNAM_CALENDAR } from './rules/working-calendar';
export type { WorkingCalendar } from './rules/working-calendar';
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
  ProviderKey,
  RawExchange,
  UnknownReason,
} from './issuers/issuer';
export { ISSUERS } from './issuers/issuers';
export { VNPAY_DEFAULTS } from './issuers/vnpay-v6/settings';
export type { VnpaySettings } from './issuers/vnpay-v6/settings';
export { loadAdministrativeUnits, loadFormerCommunes } from './administrative-units/administrative-units';
export type {
  AdministrativeUnits,
  Commune,
  FormerCommune,
  Province,
} from './administrative-units/administrative-units';
