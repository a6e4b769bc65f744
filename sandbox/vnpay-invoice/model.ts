export interface InvoiceClient {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly taxCode: string;
  /** Series that the seller has registered; undefined = any well-formed one. */
  readonly symbols: readonly string[] | undefined;
  /** The platform's id of this merchant, so that GET /truth knows whose invoices to ask for. */
  readonly merchantId: string | undefined;
}

export type InvoiceKind = 'original' | 'adjustment' | 'replacement';
export type TaxMethod = 'vat' | 'sale';

/** An invoice in the vendor's books. */
export interface IssuedInvoice {
  readonly taxCode: string;
  readonly requestId: string;
  /** `yyyy-MM-dd`; with the two above the vendor's key. */
  readonly invoiceDate: string;
  readonly method: TaxMethod;
  readonly kind: InvoiceKind;
  readonly symbol: string;
  /** null = a draft that was not released. */
  readonly number: number | null;
  readonly lookupCode: string;
  readonly taxAuthorityCode: string | null;
  readonly total: number;
  readonly totalTax: number;
  readonly original: { readonly symbol: string; readonly number: string; readonly date: string } | undefined;
  readonly buyer: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly issuedAt: number;
  /** Look-ups do not see it earlier. */
  readonly visibleFrom: number;
  /** The authority's code is not known to anybody earlier. */
  readonly codedFrom: number;
}

/** A business refusal: HTTP 200 with another code than "00". */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}
