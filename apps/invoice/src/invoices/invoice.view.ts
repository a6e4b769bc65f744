import { ApiProperty } from '@nestjs/swagger';
import { ISSUANCE_STATUSES, type IssuanceStatus } from '@nx/contracts';
import { buyerDisplayName, type InvoiceLine } from '@nx/e-invoice';
import type { Invoice } from './invoice';

/** Why an adjustment or a replacement was made, and of which invoice. */
export class CorrectionView {
  @ApiProperty({ enum: ['ADJUST', 'REPLACE'] })
  action!: string;
  @ApiProperty({ example: 'GOODS_RETURNED' })
  cause!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Decision 1233 Annex XVII.', example: '05' })
  causeCode!: string | null;
  @ApiProperty({ example: 'Khách trả 1 ly' })
  reason!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The rule that allows it.' })
  citation!: string | null;
  @ApiProperty({ enum: ['WRITTEN_AGREEMENT', 'NOTICE', 'NONE'], description: 'What the seller owes the buyer before.' })
  consent!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The return of sale that it answers.' })
  reference!: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'Form, symbol, number and day of the original.',
  })
  original!: object;
}

export class InvoiceView {
  @ApiProperty({ example: 'IQBapalCzY' })
  id!: string;
  @ApiProperty()
  merchantId!: string;
  @ApiProperty({ type: String, nullable: true })
  organizerId!: string | null;
  @ApiProperty({ example: '001_SALE_ORDER' })
  sourceType!: string;
  @ApiProperty({ example: 'IQBapalCzZ' })
  sourceId!: string;
  @ApiProperty({ type: String, nullable: true, example: 'SO000123' })
  sourceNumber!: string | null;
  @ApiProperty({ example: '000_ORIGIN' })
  origin!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The invoice that this one adjusts or replaces.' })
  parentId!: string | null;
  @ApiProperty({ type: CorrectionView, nullable: true })
  correction!: CorrectionView | null;
  @ApiProperty({ example: 'POS_VAT' })
  invoiceType!: string;
  @ApiProperty({ example: 1 })
  invoiceForm!: number;
  @ApiProperty({ example: 'C26MYY' })
  invoiceSymbol!: string;
  @ApiProperty({ example: 'DEDUCTION' })
  taxMethod!: string;
  @ApiProperty({ enum: ISSUANCE_STATUSES })
  issuanceStatus!: IssuanceStatus;
  @ApiProperty({ example: 'CODED' })
  authorityStatus!: string;
  @ApiProperty({
    description: 'Issued, and with the code of the authority where the series has one, and not refused by it.',
  })
  valid!: boolean;
  @ApiProperty({ example: 'REAL_TIME' })
  issuanceMode!: string;
  @ApiProperty({ type: [String], description: 'Why a pending invoice waits.', example: [] })
  findings!: string[];
  @ApiProperty({ example: 'VNPAY' })
  provider!: string;
  @ApiProperty({ type: String, nullable: true, description: 'Our key at the provider, frozen with invoiceDate.' })
  providerKey!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '2026-11-20' })
  invoiceDate!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '61' })
  invoiceNumber!: string | null;
  @ApiProperty({ type: String, nullable: true })
  cqtCode!: string | null;
  @ApiProperty({ type: String, nullable: true })
  lookupCode!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '0100109106' })
  sellerTaxCode!: string | null;
  @ApiProperty({ example: 'VND' })
  currency!: string;
  @ApiProperty({ description: 'What the buyer pays, in đồng.', example: 107000 })
  total!: number;
  @ApiProperty({ type: Number, nullable: true, example: 99074 })
  totalBeforeTax!: number | null;
  @ApiProperty({ type: Number, nullable: true, example: 7926 })
  totalTax!: number | null;
  @ApiProperty({ type: Number, nullable: true, example: 1000 })
  totalDiscount!: number | null;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  buyer!: object | null;
  @ApiProperty({ example: 'TRANSFER' })
  paymentMethod!: string;
  @ApiProperty()
  paidAt!: string;
  @ApiProperty()
  legalDeadlineAt!: string;
  @ApiProperty({ type: String, nullable: true })
  issuedAt!: string | null;
  @ApiProperty({ example: 0 })
  retryCount!: number;
  @ApiProperty({ type: String, nullable: true })
  nextRetryAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'What the provider said last, where it did not issue.' })
  errorMessage!: string | null;
  @ApiProperty({ type: String, nullable: true })
  invoiceRequestId!: string | null;
  @ApiProperty()
  createdAt!: string;
  @ApiProperty()
  modifiedAt!: string;
}

export class InvoicePage {
  @ApiProperty({ type: [InvoiceView] })
  data!: InvoiceView[];
  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export class InvoiceItemView {
  @ApiProperty({ example: 1 })
  ordinal!: number;
  @ApiProperty({ example: 'GOODS' })
  kind!: string;
  @ApiProperty({ example: 'Cà phê sữa' })
  name!: string;
  @ApiProperty({ type: String, nullable: true, example: 'ly' })
  unit!: string | null;
  @ApiProperty({ example: '2' })
  quantity!: string;
  @ApiProperty({ example: '41666.5' })
  unitPrice!: string;
  @ApiProperty({ example: 0 })
  discount!: number;
  @ApiProperty({ example: 83333 })
  amount!: number;
  @ApiProperty({ type: String, nullable: true, example: '8%' })
  taxRate!: string | null;
  @ApiProperty({ example: 6667 })
  taxAmount!: number;
  @ApiProperty({ example: 90000 })
  amountAfterTax!: number;
}

export class ClaimView {
  @ApiProperty({ example: 'PENDING' })
  state!: string;
  @ApiProperty({ type: String, nullable: true })
  deadline!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Address on the receipt; only while PENDING.' })
  url!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The same as a QR, PNG as data URL; only while PENDING.' })
  qrDataUrl!: string | null;
}

export class InvoiceDetailView extends InvoiceView {
  @ApiProperty({ type: [InvoiceItemView] })
  items!: InvoiceItemView[];
  @ApiProperty({ type: ClaimView, nullable: true })
  claim!: ClaimView | null;
  @ApiProperty({ type: [InvoiceView], description: 'Adjustments and the replacement of it that are not cancelled.' })
  corrections!: InvoiceView[];
}

export class AuditRowView {
  @ApiProperty({ example: 3 })
  position!: number;
  @ApiProperty({ example: 'ISSUED' })
  eventType!: string;
  @ApiProperty({ example: 'SUCCESS' })
  outcome!: string;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  before!: object | null;
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  after!: object | null;
  @ApiProperty({ example: 'system' })
  actorId!: string;
  @ApiProperty()
  createdAt!: string;
  @ApiProperty({ description: 'SHA-256 over the row before and this one.' })
  hash!: string;
}

export class AuditView {
  @ApiProperty({ description: 'False: a row was changed, removed or added outside the service.' })
  intact!: boolean;
  @ApiProperty({ type: Number, nullable: true, description: 'The first place at which it does not hold.' })
  brokenPosition!: number | null;
  @ApiProperty({ type: [AuditRowView] })
  data!: AuditRowView[];
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

function correctionView(correction: Invoice['correction']): CorrectionView | null {
  if (correction === null) return null;
  const { action, cause, causeCode, reason, citation, consent, reference, original } = correction;
  return { action, cause, causeCode, reason, citation, consent, reference, original };
}

/** Issued, with the code of the authority where the series has one, and not refused by it. */
const isValid = ({ status, hasCqtCode, cqtCode, authorityStatus }: Invoice): boolean =>
  status === 'SUCCESS' && (!hasCqtCode || cqtCode !== null) && authorityStatus !== 'REJECTED';

export const invoiceView = (invoice: Invoice): InvoiceView => ({
  id: invoice.id,
  merchantId: invoice.merchantId,
  organizerId: invoice.organizerId,
  sourceType: invoice.sourceType,
  sourceId: invoice.sourceId,
  sourceNumber: invoice.sourceNumber,
  origin: invoice.origin,
  parentId: invoice.parentId,
  correction: correctionView(invoice.correction),
  invoiceType: invoice.invoiceType,
  invoiceForm: invoice.invoiceForm,
  invoiceSymbol: invoice.invoiceSymbol,
  taxMethod: invoice.taxMethod,
  issuanceStatus: invoice.status,
  authorityStatus: invoice.authorityStatus,
  valid: isValid(invoice),
  issuanceMode: invoice.issuanceMode,
  findings: [...invoice.findings],
  provider: invoice.provider,
  providerKey: invoice.providerKey,
  invoiceDate: invoice.invoiceDate,
  invoiceNumber: invoice.invoiceNumber,
  cqtCode: invoice.cqtCode,
  lookupCode: invoice.lookupCode,
  sellerTaxCode: invoice.sellerTaxCode,
  currency: invoice.currency,
  total: invoice.total,
  totalBeforeTax: invoice.totals?.beforeTax ?? null,
  totalTax: invoice.totals?.tax ?? null,
  totalDiscount: invoice.totals?.discount ?? null,
  buyer: invoice.buyer === null ? null : { ...invoice.buyer, displayName: buyerDisplayName(invoice.buyer) },
  paymentMethod: invoice.paymentMethod,
  paidAt: invoice.paidAt.toISOString(),
  legalDeadlineAt: invoice.legalDeadlineAt.toISOString(),
  issuedAt: iso(invoice.issuedAt),
  retryCount: invoice.retryCount,
  nextRetryAt: iso(invoice.nextRetryAt),
  errorMessage: typeof invoice.metadata['errorMessage'] === 'string' ? invoice.metadata['errorMessage'] : null,
  invoiceRequestId: invoice.requestId,
  createdAt: invoice.createdAt.toISOString(),
  modifiedAt: invoice.modifiedAt.toISOString(),
});

export const itemView = (line: InvoiceLine): InvoiceItemView => ({
  ordinal: line.ordinal,
  kind: line.kind,
  name: line.name,
  unit: line.unit ?? null,
  quantity: line.quantity,
  unitPrice: line.unitPrice,
  discount: line.discount,
  amount: line.amount,
  taxRate: line.taxRate,
  taxAmount: line.taxAmount,
  amountAfterTax: line.amountAfterTax,
});
