import {
  vietnamDate,
  type BuyerConsent,
  type CorrectionCause,
  type DecimalText,
  type DirectCategory,
  type InvoiceBuyer,
  type InvoiceForm,
  type InvoicePaymentMethod,
  type InvoiceSeller,
  type IsoDate,
  type TaxGroup,
  type TaxMethod,
} from '@nx/e-invoice';
import type { InvoiceOrigin, IssuanceStatus } from '@nx/contracts';
import { scheduleOf, type Schedule } from './schedule';

export const SOURCE_TYPES = ['001_SALE_ORDER'] as const;
export const SALE_ORDER = '001_SALE_ORDER';
export const ISSUANCE_MODES = ['REAL_TIME', 'SCHEDULED', 'MANUAL', 'BUYER_SELF_SERVICE'] as const;
export type IssuanceMode = (typeof ISSUANCE_MODES)[number];
export const INVOICE_TYPES = ['VAT', 'SALE', 'POS_VAT', 'POS_SALE', 'TICKET', 'INTERNAL_DELIVERY'] as const;
export type InvoiceType = (typeof INVOICE_TYPES)[number];
export type AuthorityStatus = 'NOT_REQUIRED' | 'PENDING' | 'CODED' | 'ACCEPTED' | 'REJECTED';

/** Why an invoice that is PENDING does not go on by itself. */
export const SELLER_TAX_MISSING = 'SELLER_TAX_MISSING';
export const NOT_CALCULABLE = 'NOT_CALCULABLE';

/** One line as it was sold; amounts in đồng with tax inside. */
export interface SoldLine {
  readonly id?: string;
  readonly name: string;
  readonly unit?: string;
  readonly quantity: DecimalText;
  readonly unitPrice: DecimalText;
  /** Before its discount. */
  readonly lineTotal: number;
  readonly discount: number;
  /** As printed (`8%`); the seller's default is used where sale gave none. */
  readonly taxRate?: string;
}

/** The sale as it came: enough to calculate the invoice again when the seller's tax data arrives later. */
export interface SaleSnapshot {
  readonly lines: readonly SoldLine[];
  /** Discount of the whole order beyond those of the lines, in đồng. */
  readonly orderDiscount: number;
  /** What the buyer pays, in đồng: the calculated invoice must equal it. */
  readonly total: number;
}

export interface TaxSnapshot {
  readonly seller: InvoiceSeller;
  readonly taxMethod: TaxMethod;
  readonly groups: readonly TaxGroup[];
  readonly notes: readonly string[];
  readonly amountInWords: string;
}

export interface RetryMetadata {
  readonly maxRetryCount: number;
  /** Pause before each retry, in minutes; the last one serves all further ones. */
  readonly retryDelayMinutes: readonly number[];
}

/** The configuration as it was when the invoice was made: later changes do not touch it. Credentials are not part. */
export interface ProviderConfigSnapshot {
  readonly providerConfigId: string;
  readonly invoiceProviderId: string;
  readonly serial: string;
  readonly form: InvoiceForm;
  readonly category: InvoiceType;
  readonly retry: RetryMetadata;
  readonly claimWindowMinutes: number;
  /** `HH:MM`; what releases before the schedule go by. */
  readonly scheduleTime: string;
  /** Missing in copies that were made before there was one. */
  readonly schedule?: Schedule;
  readonly defaultBuyer: InvoiceBuyer;
  readonly defaultTaxRate: string | null;
  readonly directCategory: DirectCategory | null;
  readonly roundingAllowance: number;
  readonly notificationScope: 'org' | 'merchant';
}

/** When the batch of a copied configuration goes. */
export const scheduleIn = ({ schedule, scheduleTime }: ProviderConfigSnapshot): Schedule =>
  schedule ?? scheduleOf({ time: scheduleTime });

/** Why an adjustment or a replacement was made, and of which invoice; frozen when it is made. */
export interface Correction {
  readonly action: 'ADJUST' | 'REPLACE';
  readonly cause: CorrectionCause;
  /** Decision 1233 Annex XVII, where known. */
  readonly causeCode: string | null;
  readonly reason: string;
  /** The rule that allows it. */
  readonly citation: string | null;
  /** What the seller owes the buyer before it. */
  readonly consent: BuyerConsent;
  /** The return of sale that it answers: the same one makes no second adjustment. */
  readonly reference: string | null;
  /** Of what was asked under the reference. */
  readonly fingerprint: string;
  readonly original: {
    readonly invoiceId: string;
    readonly form: InvoiceForm;
    readonly symbol: string;
    readonly number: string;
    readonly date: IsoDate;
    readonly provider: string;
    readonly providerKey: string;
  };
}

export interface InvoiceTotalsRow {
  readonly beforeDiscount: number;
  readonly discount: number;
  readonly beforeTax: number;
  readonly tax: number;
  readonly reduction: number;
}

export interface Invoice {
  readonly id: string;
  readonly version: bigint;
  readonly merchantId: string;
  readonly organizerId: string | null;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly sourceNumber: string | null;
  readonly origin: InvoiceOrigin;
  readonly invoiceType: InvoiceType;
  readonly invoiceForm: InvoiceForm;
  readonly invoiceSymbol: string;
  readonly year: number;
  readonly hasCqtCode: boolean;
  readonly taxMethod: TaxMethod | 'UNKNOWN';
  readonly autoRelease: boolean;
  readonly autoSign: boolean;
  readonly autoSendCqt: boolean;
  readonly issuanceMode: IssuanceMode;
  readonly mappingId: string | null;
  readonly provider: string;
  /** Counts the providers that it was handed to, from 1; each has a key and a day of its own. */
  readonly providerTry: number;
  readonly providerKey: string | null;
  /** `YYYY-MM-DD`, frozen with the provider's key. */
  readonly invoiceDate: string | null;
  readonly invoiceNumber: string | null;
  readonly cqtCode: string | null;
  readonly lookupCode: string | null;
  readonly providerReference: string | null;
  readonly sellerTaxCode: string | null;
  readonly status: IssuanceStatus;
  readonly authorityStatus: AuthorityStatus;
  readonly findings: readonly string[];
  readonly legalDeadlineAt: Date;
  readonly taxPoint: Date;
  readonly paidAt: Date;
  readonly retryCount: number;
  readonly nextRetryAt: Date | null;
  readonly dueAt: Date | null;
  readonly lockedUntil: Date | null;
  readonly notFoundSince: Date | null;
  readonly issuedAt: Date | null;
  /** The invoice that this one adjusts or replaces. */
  readonly parentId: string | null;
  readonly correction: Correction | null;
  readonly requestId: string | null;
  readonly currency: string;
  readonly total: number;
  readonly totals: InvoiceTotalsRow | null;
  readonly paymentMethod: InvoicePaymentMethod;
  readonly sale: SaleSnapshot;
  readonly tax: TaxSnapshot | null;
  readonly buyer: InvoiceBuyer | null;
  readonly config: ProviderConfigSnapshot;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What the date of an invoice and its legal clock count from: the sale, or when an adjustment or replacement was made. */
export const documentInstant = ({
  origin,
  taxPoint,
  createdAt,
}: Pick<Invoice, 'origin' | 'taxPoint' | 'createdAt'>): Date => (origin === '000_ORIGIN' ? taxPoint : createdAt);

/** The day that stands on the invoice. */
export const documentDay = (invoice: Pick<Invoice, 'origin' | 'taxPoint' | 'createdAt'>): IsoDate =>
  vietnamDate(documentInstant(invoice));
