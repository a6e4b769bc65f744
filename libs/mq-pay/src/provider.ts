import type { AmountWindow } from './amount-window';
import type { CallbackProtocol } from './callback';
import type { ErrorTable } from './error-table';
import type { Evidence } from './evidence/evidence';
import type { RefundOutcome } from './refunds/refund';
import type { Send } from '@nx/contracts';

/** Every provider that a Configuration or an attempt may name. Only those in `PROVIDERS` have an adapter. */
export type ProviderCode =
  'VNPAY_QR_MMS' | 'VNPAY_GATEWAY' | 'VNPAY_PHONE_POS' | 'VNPAY_SMART_POS' | 'VIETQR' | 'STRIPE' | 'PAYPAL' | 'SYSTEM';

/** How the buyer pays. */
export type PaymentMethod =
  '000_CASH' | '100_QR_CODE' | '200_BANK_TRANSFER' | '300_GATEWAY' | '400_PHONE_POS' | '500_CARD' | '600_WALLET';

/** DIRECT: the provider pays the merchant itself. PLATFORM: the money passes through us. */
export type SettlementModel = 'DIRECT' | 'PLATFORM';

/** PRODUCTION endpoints must be https; in DEVELOPMENT plain http is allowed and trusted like TLS. */
export type ProviderEnvironment = 'DEVELOPMENT' | 'PRODUCTION';

/** What a caller may ask of a provider. Callers look here, never at the provider's code. */
export interface ProviderCapabilities {
  /** LOCAL: `create` needs no call, so a checkout is one statement. */
  readonly connectivity: 'ONLINE' | 'LOCAL';
  /** A CREATE for the same attempt uid may be sent again after a crash. */
  readonly createRepeatable: boolean;
  readonly query: boolean;
  readonly refund: boolean;
  readonly partialRefund: boolean;
  /** The outcome of a refund can be asked for; without it an unknown refund waits for a report. */
  readonly refundQuery: boolean;
  /** The provider can be told that an attempt is void; without it the QR is watched until it expires. */
  readonly cancel: boolean;
  /** The provider calls back. */
  readonly callback: boolean;
  /** The attempt can end without proof (000_UNKNOWN). Never so for money received at the counter. */
  readonly unknownOutcome: boolean;
}

/**
 * A merchant's validated settings and secrets for one provider. Opaque to the service but for these members;
 * it prints and serialises without its secrets.
 */
export interface ProviderConfiguration {
  readonly provider: ProviderCode;
  readonly environment: ProviderEnvironment;
  /** What a callback names (merchantCode, TmnCode); null where nothing calls back. */
  readonly lookupKey: string | null;
  /** Stands on the attempt; null where the provider knows no terminals. */
  readonly terminal: string | null;
  readonly settlementModel: SettlementModel;
  /** How long the provider answers no further question of a terminal after one; absent or 0 = at once. */
  readonly queryPauseMs?: number;
  /** The secret against which callbacks are verified; null where nothing calls back. */
  readonly callbackSecret: string | null;
  /** The amounts that this merchant's contract allows; absent = the provider's own window. */
  readonly amountWindow?: AmountWindow;
}

/** UNKNOWN: nobody has proven what happened; only evidence may end it. */
export type OperationOutcome = 'SUCCEEDED' | 'REFUSED' | 'UNKNOWN';

/** What went over the wire, as evidence. Several exchanges are joined by a line feed. No secret is ever in it. */
export interface RawExchange {
  readonly request: string;
  readonly response?: string;
}

/** The members that every answer of a provider has. */
export interface OperationResult {
  readonly outcome: OperationOutcome;
  /** The provider's own code, as received. */
  readonly providerCode?: string;
  /** A stable upper-case word for logs and the attempt's `reason`, e.g. TIMEOUT, BAD_CHECKSUM, CODE_07. */
  readonly reason?: string;
  /** For people: what the code table says about `providerCode`, or what was wrong with the answer. */
  readonly detail?: string;
  readonly raw: RawExchange;
  /** The same provider may be tried again, with a new attempt. */
  readonly retry: boolean;
  /** Another provider may be tried instead. */
  readonly fallbackAllowed: boolean;
  readonly codeTableVersion: string;
}

export interface CreateRequest {
  readonly configuration: ProviderConfiguration;
  /** The reference that the provider gets: at most 15 of `[A-Z0-9_]`. */
  readonly attemptUid: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly method: PaymentMethod;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Shown to the buyer where the protocol has room; accents are stripped and the text is cut. */
  readonly description: string;
  /** The buyer's IP address (v4 or v6), where the caller knows it and the protocol wants it. */
  readonly buyerAddress?: string;
}

export interface CreateResult extends OperationResult {
  /** The text to print as a QR code. */
  readonly qrContent?: string;
  /** Where to send the buyer's browser. */
  readonly payUrl?: string;
  readonly providerReference?: string;
}

export interface QueryRequest {
  readonly configuration: ProviderConfiguration;
  readonly attemptUid: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** The caller's clock when it asks. A negative answer counts only by this time. */
  readonly askedAtMs: number;
}

/**
 * `outcome` says whether the question was answered; what the answer proves is `evidence`. A question without a usable
 * answer is evidence too (`NO_ANSWER`), because after the attempt's end it makes the outcome unknown.
 */
export interface QueryResult extends OperationResult {
  readonly evidence: Evidence;
  /** The provider asks to come back later; the query uses up no step of a schedule. */
  readonly tooSoon: boolean;
}

export interface RefundRequest {
  readonly configuration: ProviderConfiguration;
  /** 1 to 15 digits; a new one only after a try that is proven to have failed, never while one is unknown. */
  readonly refundReference: string;
  readonly attemptUid: string;
  /** The provider's reference of the payment that is given back. */
  readonly providerReference: string;
  readonly amountMinor: bigint;
  /** What the provider took with that payment. */
  readonly paidMinor: bigint;
  /** What was given back of it before, with success or an open outcome. */
  readonly refundedBeforeMinor: bigint;
  readonly currency: string;
  /** When the paid attempt was created, as its CREATE said. */
  readonly createdAtMs: number;
  /** The provider's time of the payment. */
  readonly paidAtMs: number;
  /** The caller's clock when it asks for the refund. */
  readonly requestedAtMs: number;
  readonly description: string;
}

export interface RefundResult extends OperationResult {
  /** `outcome` is about the call, this about the money. ACCEPTED: its end is still to come (ask `queryRefund`). */
  readonly refundOutcome: RefundOutcome;
  /** The provider's reference of the refund. */
  readonly providerReference?: string;
  /** The success rests on an unsigned answer over TLS; a report has to confirm it. */
  readonly toBeConfirmed: boolean;
}

export interface RefundQueryRequest {
  readonly configuration: ProviderConfiguration;
  readonly refundReference: string;
  readonly attemptUid: string;
  /** The provider's reference of the refund, from its `RefundResult`; null when the answer was lost. */
  readonly refundProviderReference: string | null;
  readonly amountMinor: bigint;
  /** What was given back of the payment before, with success or an open outcome. */
  readonly refundedBeforeMinor: bigint;
  readonly currency: string;
  /** When the paid attempt was created, as its CREATE said. */
  readonly createdAtMs: number;
  /** The caller's clock when it asks. */
  readonly askedAtMs: number;
}

/** `outcome` says whether the question was answered, `refundOutcome` what is proven by the answer. */
export interface RefundQueryResult extends OperationResult {
  /** Absent: the answer decides nothing and the refund stays as it is. */
  readonly refundOutcome?: 'SUCCEEDED' | 'REFUSED';
  readonly providerReference?: string;
  /** The provider asks to come back later; the query uses up no step of a schedule. */
  readonly tooSoon: boolean;
}

/**
 * One provider. The vendor's wire format, amount scale and time zone end inside its folder.
 * Methods never throw for what the provider answers; they throw `ConfigurationError` for a foreign or broken
 * configuration and `RangeError` for values that the protocol cannot carry (both before anything is sent).
 */
export interface PaymentProvider {
  readonly code: ProviderCode;
  readonly methods: readonly PaymentMethod[];
  readonly capabilities: ProviderCapabilities;
  readonly amountWindow: AmountWindow;
  readonly errorTable: ErrorTable;
  /** Where people look when the provider fails; null when it publishes none. */
  readonly statusPageUrl: string | null;
  /** Why a checkout must be refused although the provider is declared; null = usable. */
  readonly refusal: string | null;
  /** Throws `ConfigurationError` with one entry per bad field. */
  parseConfiguration(tValue: unknown, credential: unknown, environment: ProviderEnvironment): ProviderConfiguration;
  create(request: CreateRequest, send: Send): Promise<CreateResult>;
  /** Present where `capabilities.query`. */
  query?(request: QueryRequest, send: Send): Promise<QueryResult>;
  /** Present where `capabilities.refund`. */
  refund?(request: RefundRequest, send: Send): Promise<RefundResult>;
  /** Present where `capabilities.refundQuery`. */
  queryRefund?(request: RefundQueryRequest, send: Send): Promise<RefundQueryResult>;
  /** Present where `capabilities.cancel`. */
  cancel?(request: QueryRequest, send: Send): Promise<OperationResult>;
  /** Present where `capabilities.callback`. */
  readonly callbacks: CallbackProtocol | null;
}
