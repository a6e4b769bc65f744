import type { Invoice } from '../invoices/invoice';

/** The part of the service that found something. */
export const FINDING_ORIGINS = ['ISSUANCE', 'LEGAL_CLOCK', 'AUTHORITY', 'TAX_INFO', 'PAYMENT', 'LEGAL_ACTION'] as const;
export type FindingOrigin = (typeof FINDING_ORIGINS)[number];

/** Every code that a finding may have, with where it comes from and whether the merchant's people are alerted. */
export const FINDING_CODES = {
  /** An open invoice comes within two hours of its legal deadline. */
  LEGAL_DEADLINE_NEAR: { origin: 'LEGAL_CLOCK', alert: true },
  /** The legal deadline of an open invoice is over; the day of the sale is kept. */
  LEGAL_DEADLINE_PASSED: { origin: 'LEGAL_CLOCK', alert: true },
  /** Younger invoices of its series went on without it: a person decides under which date it can still be issued. */
  SERIES_WENT_ON: { origin: 'LEGAL_CLOCK', alert: true },
  /** The tax authority refused an issued invoice. */
  AUTHORITY_REJECTED: { origin: 'AUTHORITY', alert: true },
  /** A provider gave a number that the series has already. */
  NUMBER_TAKEN: { origin: 'ISSUANCE', alert: true },
  /** A number came for an invoice that was given up, handed on or issued under another one meanwhile. */
  ISSUED_TOO_LATE: { origin: 'ISSUANCE', alert: true },
  /** Look-ups at this provider cannot prove that nothing was issued: a person asks it. */
  OUTCOME_NOT_PROVABLE: { origin: 'ISSUANCE', alert: true },
  /** Commerce sent a tax code or method that cannot stand: kept aside until the merchant corrects it there. */
  TAX_DATA_INVALID: { origin: 'TAX_INFO', alert: true },
  /** More money went back for a sale than its invoices took back. */
  REFUND_WITHOUT_ADJUSTMENT: { origin: 'PAYMENT', alert: true },
} as const satisfies Readonly<Record<string, { readonly origin: FindingOrigin; readonly alert: boolean }>>;
export type FindingCode = keyof typeof FINDING_CODES;

/** What a person may say when a case is closed; `CAUSE_GONE` is the machine's own word. */
export const FINDING_OUTCOMES = ['CORRECTED', 'ACCEPTED', 'NO_FAULT'] as const;
export type FindingOutcome = (typeof FINDING_OUTCOMES)[number];
export const CAUSE_GONE = 'CAUSE_GONE';

export const FINDING_STATUSES = ['OPEN', 'RESOLVED'] as const;
export type FindingStatus = (typeof FINDING_STATUSES)[number];

/** Something a person has to look at. */
export interface Finding {
  readonly id: string;
  readonly code: string;
  readonly origin: string;
  readonly merchantId: string;
  readonly invoiceId: string | null;
  readonly sourceType: string | null;
  readonly sourceId: string | null;
  readonly subject: string;
  readonly detail: string;
  readonly status: FindingStatus;
  readonly owner: string | null;
  readonly outcome: string | null;
  readonly note: string | null;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolvedBy: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What is found, before it is a row. */
export interface NewFinding {
  readonly code: FindingCode;
  readonly merchantId: string;
  readonly organizerId: string | null;
  readonly invoiceId?: string | undefined;
  readonly sourceType?: string | undefined;
  readonly sourceId?: string | undefined;
  /** What it is about: of one code and subject at most one is open. */
  readonly subject: string;
  /** A sentence for the person who opens the case; without names of buyers. */
  readonly detail: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** What a finding about an invoice carries of it; the invoice is its subject. */
export const aboutInvoice = (
  invoice: Pick<Invoice, 'id' | 'merchantId' | 'organizerId' | 'sourceType' | 'sourceId'>,
): Omit<NewFinding, 'code' | 'detail' | 'metadata'> => ({
  merchantId: invoice.merchantId,
  organizerId: invoice.organizerId,
  invoiceId: invoice.id,
  sourceType: invoice.sourceType,
  sourceId: invoice.sourceId,
  subject: invoice.id,
});
