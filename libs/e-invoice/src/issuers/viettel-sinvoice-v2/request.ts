import { LosslessNumber } from 'lossless-json';
import { CONSUMER_NAME, type InvoiceBuyer } from '../../buyer';
import type { InvoiceForm, InvoiceLine, InvoiceSeller } from '../../invoice';
import { PAYMENT_TEXT } from '../../payment-text';
import { InvalidInvoiceError } from '../../problem';
import type { TaxRate } from '../../law/rules/rate-rules';
import { vietnamInstant, type IsoDate } from '../../vietnam-date';
import type { AdjustRequest, IssueRequest } from '../issuer';
import { percentText, printedSeries } from '../vendor-invoice';
import { vendorUuid } from '../vendor-uuid';
import type { ViettelSettings } from './settings';
import type {
  ViettelBuyerInfo,
  ViettelGeneralInfo,
  ViettelInvoiceBody,
  ViettelItem,
  ViettelSellerInfo,
  ViettelTaxBreakdown,
} from './wire';

/** The body that issues an invoice. Throws InvalidInvoiceError for what the API cannot carry. */
export function issueBody(request: IssueRequest, settings: ViettelSettings): ViettelInvoiceBody {
  return bodyOf(request, settings, { adjustmentType: '1' }, false);
}

/** The body that adjusts or replaces an issued invoice. Throws InvalidInvoiceError. */
export function adjustBody(request: AdjustRequest, settings: ViettelSettings): ViettelInvoiceBody {
  const { original, origin, reason } = request;
  const adjusts = origin === 'ADJUSTMENT';
  const money = request.invoice.lines.some((line) => line.amountAfterTax !== 0);
  const day = settings.originalDateFormat === 'ISO_DATE' ? original.date : instantOf(original.date, settings);
  const kind: Pick<ViettelGeneralInfo, 'adjustmentType' | 'adjustmentInvoiceType'> = adjusts
    ? { adjustmentType: '5', adjustmentInvoiceType: money ? '1' : '2' }
    : { adjustmentType: '3' };
  const relation: Relation = {
    ...kind,
    originalInvoiceId: `${original.symbol}${original.number}`,
    originalInvoiceIssueDate: day,
    originalTemplateCode: templateCode(original, settings),
    additionalReferenceDesc: reason,
    additionalReferenceDate: instantOf(request.key.invoiceDate, settings),
  };
  return bodyOf(request, settings, relation, adjusts && settings.adjustmentSigns === 'FLAGGED');
}

/** The template of a series. Throws InvalidInvoiceError where the settings name none. */
export function templateCode(
  series: { readonly form: InvoiceForm; readonly symbol: string },
  settings: ViettelSettings,
): string {
  const code = settings.templateCodes[printedSeries(series)] ?? settings.templateCode;
  if (code !== '') return code;
  const detail = `is needed to issue; no template is known for ${printedSeries(series)}`;
  throw new InvalidInvoiceError([{ pointer: '/settings/templateCode', detail }]);
}

/** The template of a series whose form is not at hand; '' where the settings name none. */
export function knownTemplate(symbol: string, settings: ViettelSettings): string {
  const named = Object.entries(settings.templateCodes).find(([series]) => series.slice(1) === symbol);
  return named?.[1] ?? settings.templateCode;
}

type Relation = Pick<ViettelGeneralInfo, 'adjustmentType'> & Partial<ViettelGeneralInfo>;

function bodyOf(
  request: IssueRequest,
  settings: ViettelSettings,
  relation: Relation,
  flagged: boolean,
): ViettelInvoiceBody {
  const { key, invoice, seller } = request;
  return {
    generalInvoiceInfo: {
      transactionUuid: vendorUuid(key),
      invoiceType: String(request.form),
      templateCode: templateCode(request, settings),
      invoiceSeries: request.symbol,
      invoiceIssuedDate: instantOf(key.invoiceDate, settings),
      currencyCode: 'VND',
      ...relation,
      paymentStatus: true,
      cusGetInvoiceRight: true,
    },
    buyerInfo: buyerInfo(request.buyer),
    sellerInfo: sellerInfo(seller),
    payments: [{ paymentMethodName: PAYMENT_TEXT[request.paymentMethod] }],
    itemInfo: [
      ...invoice.lines.map((line) => item(line, settings, flagged)),
      ...invoice.notes.map((itemName, index) => ({
        lineNumber: invoice.lines.length + index + 1,
        selection: SELECTION.NOTE,
        itemName,
      })),
    ],
    taxBreakdowns: invoice.taxGroups.map((group) => breakdown(group, settings, flagged)),
  };
}

const SELECTION = { GOODS: 1, NOTE: 2, DISCOUNT: 3 } as const;

function item(line: InvoiceLine, settings: ViettelSettings, flagged: boolean): ViettelItem {
  const head = {
    lineNumber: line.ordinal,
    selection: selectionOf(line, settings),
    ...(line.code === undefined ? {} : { itemCode: line.code }),
    itemName: line.name,
  };
  if (line.kind === 'NOTE') return head;
  // A discount is written as a positive amount that does not increase.
  const unsigned = flagged || line.kind === 'DISCOUNT';
  const amount = (value: number): number => (unsigned ? Math.abs(value) : value);
  const decimal = (text: string): LosslessNumber => new LosslessNumber(unsigned ? text.replace(/^-/, '') : text);
  const base = settings.itemTotalBasis === 'NET' ? line.amount : line.amountBeforeDiscount;
  return {
    ...head,
    ...(line.unit === undefined ? {} : { unitName: line.unit }),
    quantity: decimal(line.quantity),
    unitPrice: decimal(line.unitPrice),
    ...(line.discount === 0 ? {} : { itemDiscount: amount(line.discount) }),
    itemTotalAmountWithoutTax: amount(base),
    ...(line.taxRate === null
      ? {}
      : { taxPercentage: percentage(line.taxRate, settings), taxAmount: amount(line.taxAmount) }),
    itemTotalAmountWithTax: amount(line.amountAfterTax),
    ...(unsigned ? { isIncreaseItem: line.amountAfterTax > 0 } : {}),
  };
}

function selectionOf(line: InvoiceLine, settings: ViettelSettings): number {
  if (line.kind !== 'PROMOTION') return SELECTION[line.kind];
  if (settings.promotionSelection !== 0) return settings.promotionSelection;
  const detail = 'no public source shows how SInvoice marks free goods; set promotionSelection';
  throw new InvalidInvoiceError([{ pointer: `/lines/${line.ordinal - 1}/kind`, detail }]);
}

function breakdown(
  group: { readonly taxRate: TaxRate; readonly amount: number; readonly taxAmount: number },
  settings: ViettelSettings,
  flagged: boolean,
): ViettelTaxBreakdown {
  const { amount, taxAmount } = group;
  const taxPercentage = percentage(group.taxRate, settings);
  if (!flagged) return { taxPercentage, taxableAmount: amount, taxAmount };
  return {
    taxPercentage,
    taxableAmount: Math.abs(amount),
    taxAmount: Math.abs(taxAmount),
    taxableAmountPos: amount > 0,
    taxAmountPos: taxAmount > 0,
  };
}

function percentage(rate: TaxRate, settings: ViettelSettings): LosslessNumber {
  if (rate === 'KCT') return new LosslessNumber(String(settings.notSubjectPercentage));
  if (rate === 'KKKNT') return new LosslessNumber(String(settings.notDeclaredPercentage));
  return new LosslessNumber(percentText(rate));
}

function instantOf(date: IsoDate, settings: ViettelSettings): number {
  return vietnamInstant(date, settings.issueTimeMs).getTime();
}

function buyerInfo(buyer: InvoiceBuyer): ViettelBuyerInfo {
  const contact = {
    ...(buyer.email ? { buyerEmail: buyer.email } : {}),
    ...(buyer.phone ? { buyerPhoneNumber: buyer.phone.replaceAll(/\D/g, '') } : {}),
  };
  switch (buyer.kind) {
    case 'COMPANY':
      return {
        ...(buyer.contactName ? { buyerName: buyer.contactName } : {}),
        buyerLegalName: buyer.legalName,
        buyerTaxCode: buyer.taxCode,
        buyerAddressLine: buyer.address,
        ...contact,
      };
    case 'PERSON':
      return {
        buyerName: buyer.name,
        ...(buyer.address ? { buyerAddressLine: buyer.address } : {}),
        ...(buyer.personalId ? { buyerIdNo: buyer.personalId } : {}),
        ...contact,
      };
    case 'CONSUMER':
      return { buyerName: CONSUMER_NAME, ...contact };
  }
}

function sellerInfo(seller: InvoiceSeller): ViettelSellerInfo {
  return {
    sellerLegalName: seller.name,
    sellerTaxCode: seller.taxCode,
    sellerAddressLine: seller.address,
    ...(seller.phone ? { sellerPhoneNumber: seller.phone } : {}),
    ...(seller.email ? { sellerEmail: seller.email } : {}),
  };
}
