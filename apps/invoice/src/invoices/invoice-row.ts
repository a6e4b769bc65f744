import type { Invoice } from './invoice';

/** All columns of an invoice, as every statement of this service reads them. */
export const INVOICE_COLUMNS = `id, version, merchant_id, organizer_id, source_type, source_id, source_number, origin,
  invoice_type, invoice_form, invoice_symbol, year, has_cqt_code, tax_method, auto_release, auto_sign, auto_send_cqt,
  issuance_mode, invoice_config_mapping_id, provider, provider_try, provider_key, invoice_date, invoice_number, cqt_code, lookup_code,
  provider_reference, seller_tax_code, issuance_status, authority_status, findings, legal_deadline_at, tax_point, paid_at,
  retry_count, next_retry_at, due_at, locked_until, not_found_since, issued_at, parent_id, correction,
  invoice_request_id, currency,
  total, total_before_discount, total_discount, total_before_tax, total_tax, total_reduction, payment_method,
  sale_snapshot, tax_snapshot, buyer_snapshot, provider_config_snapshot, created_at, modified_at, metadata`;

/** A row as the driver gives it. */
export interface InvoiceRow {
  id: string;
  version: string;
  merchant_id: string;
  organizer_id: string | null;
  source_type: string;
  source_id: string;
  source_number: string | null;
  origin: Invoice['origin'];
  invoice_type: Invoice['invoiceType'];
  invoice_form: Invoice['invoiceForm'];
  invoice_symbol: string;
  year: number;
  has_cqt_code: boolean;
  tax_method: Invoice['taxMethod'];
  auto_release: boolean;
  auto_sign: boolean;
  auto_send_cqt: boolean;
  issuance_mode: Invoice['issuanceMode'];
  invoice_config_mapping_id: string | null;
  provider: string;
  provider_try: number;
  provider_key: string | null;
  invoice_date: string | null;
  invoice_number: string | null;
  cqt_code: string | null;
  lookup_code: string | null;
  provider_reference: string | null;
  seller_tax_code: string | null;
  issuance_status: Invoice['status'];
  authority_status: Invoice['authorityStatus'];
  findings: string[];
  legal_deadline_at: Date;
  tax_point: Date;
  paid_at: Date;
  retry_count: number;
  next_retry_at: Date | null;
  due_at: Date | null;
  locked_until: Date | null;
  not_found_since: Date | null;
  issued_at: Date | null;
  parent_id: string | null;
  correction: Invoice['correction'];
  invoice_request_id: string | null;
  currency: string;
  total: string;
  total_before_discount: string | null;
  total_discount: string | null;
  total_before_tax: string | null;
  total_tax: string | null;
  total_reduction: string | null;
  payment_method: Invoice['paymentMethod'];
  sale_snapshot: Invoice['sale'];
  tax_snapshot: Invoice['tax'];
  buyer_snapshot: Invoice['buyer'];
  provider_config_snapshot: Invoice['config'];
  created_at: Date;
  modified_at: Date;
  metadata: Record<string, unknown>;
}

function totalsOf(row: InvoiceRow): Invoice['totals'] {
  if (row.total_before_tax === null) return null;
  return {
    beforeDiscount: Number(row.total_before_discount),
    discount: Number(row.total_discount),
    beforeTax: Number(row.total_before_tax),
    tax: Number(row.total_tax),
    reduction: Number(row.total_reduction),
  };
}

/** The row in the words of the domain. Amounts are within the safe range: the calculation refuses others. */
export function toInvoice(row: InvoiceRow): Invoice {
  return {
    id: row.id,
    version: BigInt(row.version),
    merchantId: row.merchant_id,
    organizerId: row.organizer_id,
    sourceType: row.source_type,
    sourceId: row.source_id,
    sourceNumber: row.source_number,
    origin: row.origin,
    invoiceType: row.invoice_type,
    invoiceForm: row.invoice_form,
    invoiceSymbol: row.invoice_symbol,
    year: row.year,
    hasCqtCode: row.has_cqt_code,
    taxMethod: row.tax_method,
    autoRelease: row.auto_release,
    autoSign: row.auto_sign,
    autoSendCqt: row.auto_send_cqt,
    issuanceMode: row.issuance_mode,
    mappingId: row.invoice_config_mapping_id,
    provider: row.provider,
    providerTry: row.provider_try,
    providerKey: row.provider_key,
    invoiceDate: row.invoice_date,
    invoiceNumber: row.invoice_number,
    cqtCode: row.cqt_code,
    lookupCode: row.lookup_code,
    providerReference: row.provider_reference,
    sellerTaxCode: row.seller_tax_code,
    status: row.issuance_status,
    authorityStatus: row.authority_status,
    findings: row.findings,
    legalDeadlineAt: row.legal_deadline_at,
    taxPoint: row.tax_point,
    paidAt: row.paid_at,
    retryCount: row.retry_count,
    nextRetryAt: row.next_retry_at,
    dueAt: row.due_at,
    lockedUntil: row.locked_until,
    notFoundSince: row.not_found_since,
    issuedAt: row.issued_at,
    parentId: row.parent_id,
    correction: row.correction,
    requestId: row.invoice_request_id,
    currency: row.currency,
    total: Number(row.total),
    totals: totalsOf(row),
    paymentMethod: row.payment_method,
    sale: row.sale_snapshot,
    tax: row.tax_snapshot,
    buyer: row.buyer_snapshot,
    config: row.provider_config_snapshot,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    metadata: row.metadata,
  };
}
