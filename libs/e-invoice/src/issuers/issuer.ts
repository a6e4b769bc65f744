import type { InvoiceBuyer } from '../buyer';
import type { CalculatedInvoice, InvoiceForm, InvoicePaymentMethod, InvoiceSeller } from '../invoice';
import type { IsoDate } from '../vietnam-date';
import type { Send } from '@nx/contracts';
import type { TokenCache } from './token-cache';

export type IssuerCode = 'VNPAY' | 'VIETTEL' | 'MISA' | 'VNPT' | 'TVAN';

/** Our idempotency key at a vendor. The three are made once and frozen together: a look-up must ask for the same day. */
export interface ProviderKey {
  /** The seller's, with its dash where it is a branch. */
  readonly taxCode: string;
  readonly invoiceDate: IsoDate;
  readonly requestId: string;
  /** Form and series as printed, `1C26MYY`, where known: some vendors look up by kind of series. No part of the key. */
  readonly series?: string | undefined;
  /** Where the seller's own software gives the number: given before the first call and frozen with the key. */
  readonly ownNumber?: OwnNumber | undefined;
}

export interface OwnNumber {
  /** 1 to 8 digits. */
  readonly number: string;
  /** Cash-register series only: `M1-26-7FGBT-00000000315`. */
  readonly cashRegisterCode?: string | undefined;
}

/** A merchant's account at a vendor. */
export interface IssuerConnection {
  /** Without a slash at the end, or with one. */
  readonly baseUrl: string;
  /** Seller's tax code at the vendor, for vendors that want it at login. */
  readonly taxCode?: string | undefined;
  /** Name of the account's user, or whatever the vendor calls its first credential. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** Further secrets by name, exactly those that the issuer's `extraCredentials` lists. */
  readonly credentials?: Readonly<Record<string, string>> | undefined;
  /** Vendor's own settings; each adapter documents its members and defaults. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

/** What was exchanged, for the issuance record. Carries no token and no credential. */
export interface RawExchange {
  readonly request: { readonly method: string; readonly url: string; readonly body?: string | undefined };
  /** Absent when no answer came. */
  readonly response?: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

export interface IssueRequest {
  readonly key: ProviderKey;
  readonly seller: InvoiceSeller;
  readonly buyer: InvoiceBuyer;
  readonly form: InvoiceForm;
  /** Six characters, `C26MYY`. */
  readonly symbol: string;
  readonly paymentMethod: InvoicePaymentMethod;
  readonly invoice: CalculatedInvoice;
  readonly autoRelease: boolean;
  readonly autoSign: boolean;
  readonly autoSendCqt: boolean;
}

/** The invoice that an adjustment or a replacement is about. */
export interface OriginalInvoice {
  readonly form: InvoiceForm;
  readonly symbol: string;
  readonly number: string;
  readonly date: IsoDate;
  /** Our request id of the original, where the same vendor issued it: some vendors know originals by their key alone. */
  readonly requestId?: string | undefined;
}

export interface AdjustRequest extends IssueRequest {
  readonly origin: 'ADJUSTMENT' | 'REPLACEMENT';
  readonly original: OriginalInvoice;
  readonly reason: string;
}

export interface IssuedInvoice {
  /** As the vendor writes it, leading zeros kept. */
  readonly invoiceNumber: string;
  /** The six characters of its series, where the answer names it. */
  readonly symbol?: string | undefined;
  /** The tax authority's code, where the answer carries one already. */
  readonly cqtCode?: string | undefined;
  /** What a buyer types at the vendor's look-up page. */
  readonly lookupCode?: string | undefined;
  readonly providerReference?: string | undefined;
}

export type NotIssuedProof =
  /** No byte of the issue request left this machine, or only a token was asked for. */
  | 'NEVER_SENT'
  /** Status 429: the vendor declined to look at the request (RFC 6585 §4). */
  | 'RATE_LIMITED'
  /** The vendor answered this very call: nothing was issued, call again. */
  | 'DECLINED';

/**
 * What a call to issue came to.
 * - `ISSUED`: the success code and an invoice number.
 * - `REFUSED`: the vendor said no. `permanent` is false where the same request can pass after someone has corrected the
 *   account (credentials, permission), true where the invoice itself was refused.
 * - `NOT_ISSUED`: this one call provably did nothing, so it may be repeated under the same key. Only such proofs are
 *   given here; a 5xx, a timeout and a broken connection prove nothing and are `UNKNOWN`.
 * - `UNKNOWN`: the invoice may exist. Look it up by the key before anything else; `DUPLICATE_REQUEST` says that the
 *   vendor already knows the key.
 */
export type IssueOutcome =
  | ({ readonly outcome: 'ISSUED'; readonly raw: RawExchange } & IssuedInvoice)
  | {
      readonly outcome: 'REFUSED';
      readonly permanent: boolean;
      readonly code: string;
      readonly message: string;
      readonly httpStatus: number;
      readonly raw: RawExchange;
    }
  | {
      readonly outcome: 'NOT_ISSUED';
      readonly transient: true;
      readonly proof: NotIssuedProof;
      readonly reason: string;
      /** From Retry-After, where the vendor gave one. */
      readonly retryAfterMs?: number | undefined;
      readonly raw?: RawExchange | undefined;
    }
  | {
      readonly outcome: 'UNKNOWN';
      readonly reason: UnknownReason;
      readonly message: string;
      readonly raw?: RawExchange | undefined;
    };

export type UnknownReason =
  | 'TIMEOUT'
  | 'NETWORK'
  | 'SERVER_ERROR'
  | 'UNREADABLE_ANSWER'
  | 'NO_INVOICE_NUMBER'
  | 'DUPLICATE_REQUEST'
  /** Taken, and the answer comes later: look it up. */
  | 'PENDING'
  /** A code that no public source explains: it may mean anything. */
  | 'UNLISTED_CODE';

/**
 * What a look-up came to. `NOT_FOUND` is given only for the vendor's own word for it; everything else that is not the
 * invoice with its number (a draft, an error, a broken answer) is `FAILED` and proves nothing. `unsettled` says that the
 * vendor knows the key, or may know it, without an invoice number to show: whatever an earlier look-up seemed to prove no
 * longer holds.
 */
export type LookUpOutcome =
  | ({ readonly outcome: 'FOUND'; readonly raw: RawExchange } & IssuedInvoice)
  | { readonly outcome: 'NOT_FOUND'; readonly raw: RawExchange }
  | {
      readonly outcome: 'FAILED';
      readonly reason: string;
      readonly unsettled?: true;
      /** The vendor's or the authority's final no, where the look-up brought it: nothing was issued under the key. */
      readonly refused?: { readonly code: string; readonly message: string };
      readonly raw?: RawExchange | undefined;
    };

export type DownloadOutcome =
  | { readonly outcome: 'DOWNLOADED'; readonly contentType: string; readonly bytes: Uint8Array }
  | { readonly outcome: 'NOT_FOUND' }
  | { readonly outcome: 'FAILED'; readonly reason: string };

export type ConnectionTest = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Which calls a vendor's public protocol carries, and the limits a caller must respect. */
export interface IssuerCapabilities {
  readonly lookUp: boolean;
  /** False where the vendor's "not found" also stands for a draft, unless the account's settings rule drafts out. */
  readonly lookUpProvesAbsence: boolean;
  readonly adjust: boolean;
  readonly replace: boolean;
  /** Issued invoices are adjusted or replaced since 2025-06-01 (Decree 70/2025), whatever calls a vendor still has. */
  readonly cancel: boolean;
  readonly downloadPdf: boolean;
  readonly downloadXml: boolean;
  readonly forms: readonly InvoiceForm[];
  /** Series of cash registers (fourth letter M). */
  readonly cashRegister: boolean;
  /** Sales invoices with the temporary cut of the direct method. */
  readonly directReduction: boolean;
  /** True where the seller's software gives the number: `key.ownNumber` is needed then. */
  readonly sellerNumbers?: boolean | undefined;
  /** The longest the vendor works on a call: the first look-up that shall prove "not issued" waits this long. */
  readonly longestProcessingMs: number;
}

/**
 * A vendor that issues invoices. Nothing here throws for what a vendor or the network does: every call resolves to an
 * outcome. InvalidInvoiceError says that a request cannot be written in the vendor's format; nothing was sent then.
 */
export interface InvoiceIssuer {
  readonly code: IssuerCode;
  readonly capabilities: IssuerCapabilities;
  /** Names of the secrets that a connection carries beside clientId and clientSecret. */
  readonly extraCredentials: readonly string[];
  issue(request: IssueRequest, connection: IssuerConnection, send: Send, tokens: TokenCache): Promise<IssueOutcome>;
  adjust?(request: AdjustRequest, connection: IssuerConnection, send: Send, tokens: TokenCache): Promise<IssueOutcome>;
  lookUp(key: ProviderKey, connection: IssuerConnection, send: Send, tokens: TokenCache): Promise<LookUpOutcome>;
  downloadPdf?(
    key: ProviderKey,
    connection: IssuerConnection,
    send: Send,
    tokens: TokenCache,
  ): Promise<DownloadOutcome>;
  /** Asks for a fresh token, so that wrong credentials show even while an older token is cached. */
  testConnection(connection: IssuerConnection, send: Send): Promise<ConnectionTest>;
}
