/** Shapes of the invoice service that cross a border. Amounts are safe integers in đồng. */

export const ISSUANCE_STATUSES = ['PENDING', 'PROCESSING', 'SUCCESS', 'FAILED', 'CANCELLED', 'UNKNOWN'] as const;
export type IssuanceStatus = (typeof ISSUANCE_STATUSES)[number];

export const INVOICE_ORIGINS = ['000_ORIGIN', '100_ADJUSTMENT', '200_REPLACEMENT'] as const;
export type InvoiceOrigin = (typeof INVOICE_ORIGINS)[number];

export const INVOICE_EVENT_TYPES = [
  'invoice.created',
  'invoice.processing',
  'invoice.success',
  'invoice.failed',
  'invoice.unknown',
  'invoice.cancelled',
  'invoice.claimed',
  'invoice.claim_expired',
] as const;
export type InvoiceEventType = (typeof INVOICE_EVENT_TYPES)[number];

/** How far an invoice is and what it waits for. */
export interface InvoiceProgress {
  /** Of the invoice: of two events the one with the higher version is the later, whatever the clocks said. */
  readonly version: number;
  readonly issuanceMode: string;
  /** ISO 8601: when it goes on by itself; null where somebody has to act, or nothing is left to do. */
  readonly dueAt: string | null;
  /** Codes of what has to come first, for example `SELLER_TAX_MISSING`. */
  readonly waitsFor: readonly string[];
  /** What was said when it was not issued the last time, at most 300 characters. */
  readonly reason: string | null;
}

/** The public form of an invoice, as in `invoice.events` and pushes. */
export interface InvoiceEventPayload {
  readonly timestamp: string;
  readonly invoice: {
    readonly id: string;
    readonly merchantId: string;
    readonly organizerId: string | null;
    readonly sourceType: string;
    readonly sourceId: string;
    readonly sourceNumber: string | null;
    /** `100_ADJUSTMENT` and `200_REPLACEMENT` name in `parentId` the invoice that they correct. */
    readonly origin: InvoiceOrigin;
    readonly parentId: string | null;
    readonly issuanceStatus: IssuanceStatus;
    readonly invoiceForm: string;
    readonly invoiceSymbol: string;
    readonly invoiceNumber: string | null;
    readonly invoiceDate: string | null;
    readonly lookupCode: string | null;
    readonly cqtCode: string | null;
    readonly currency: string;
    /** Below zero for an adjustment that takes back. */
    readonly total: number;
    /** Missing in records of a release that did not tell it. */
    readonly progress?: InvoiceProgress;
  };
}

export const invoiceRooms = (invoiceId: string, merchantId: string): readonly string[] => [
  `invoice/invoices/${invoiceId}`,
  `invoice/merchants/${merchantId}`,
];

/** `SUCCESS` is pushed as `observation/invoice/invoice/success`. */
export const invoicePushTopic = (eventType: InvoiceEventType): string =>
  `observation/invoice/invoice/${eventType.replace('invoice.', '')}`.toLowerCase();
