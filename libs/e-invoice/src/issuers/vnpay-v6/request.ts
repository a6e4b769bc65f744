import { LosslessNumber } from 'lossless-json';
import { CONSUMER_NAME } from '../../buyer';
import type { InvoiceBuyer } from '../../buyer';
import type { CalculatedInvoice, InvoiceLine, LineKind } from '../../invoice';
import { PAYMENT_TEXT } from '../../payment-text';
import { InvalidInvoiceError } from '../../problem';
import type { AdjustRequest, IssueRequest, ProviderKey } from '../issuer';
import type { VnpaySettings } from './settings';
import type { VnpayInvoice, VnpayIssueBody, VnpayProduct } from './wire';

const PROPERTIES: Readonly<Record<Exclude<LineKind, 'DISCOUNT'>, VnpayProduct['property']>> = {
  GOODS: 1,
  PROMOTION: 2,
  NOTE: 4,
};

/** The body that issues an invoice. Throws InvalidInvoiceError for what API v6 cannot carry. */
export function issueBody(request: IssueRequest): VnpayIssueBody {
  const { key, invoice } = request;
  refuseForeignForm(request);
  const vat = invoice.taxMethod === 'DEDUCTION';
  const { totals } = invoice;
  return {
    taxCode: key.taxCode,
    autoRelease: request.autoRelease,
    autoSign: request.autoSign,
    autoSendCQT: request.autoSendCqt,
    invoice: {
      requestId: key.requestId,
      invoiceCreatedDate: key.invoiceDate,
      invoiceSymbol: request.symbol,
      paymentMethod: PAYMENT_TEXT[request.paymentMethod],
      currencyUnit: 'VND',
      currencyExchangeRate: 1,
      ...buyerMembers(request.buyer),
      totalAmountWithoutDiscount: totals.amountBeforeDiscount,
      totalDiscountAmount: totals.discount,
      totalAmount: totals.amount,
      ...(vat ? { totalTaxAmount: totals.taxAmount } : {}),
      totalAmountAfterTax: totals.amountAfterTax,
      products: [...invoice.lines, ...noteLines(invoice)].map((line) => product(line, vat)),
      ...(vat
        ? { taxTypes: invoice.taxGroups.map(({ taxRate: tax, amount, taxAmount }) => ({ tax, amount, taxAmount })) }
        : {}),
    },
  };
}

/** The body that adjusts or replaces an issued invoice: an invoice of its own that names the first one. */
export function adjustBody(request: AdjustRequest): VnpayIssueBody {
  const body = issueBody(request);
  return {
    ...body,
    invoice: {
      ...body.invoice,
      originalInvoiceSymbol: request.original.symbol,
      originalInvoiceNumber: request.original.number,
      originalInvoiceDate: request.original.date,
      reason: request.reason,
    },
  };
}

/** Where an original goes. */
export function issuePath(request: IssueRequest, settings: VnpaySettings): string {
  return request.invoice.taxMethod === 'DEDUCTION' ? settings.vatOriginalPath : settings.saleOriginalPath;
}

/** Where an adjustment or a replacement goes. */
export function adjustPath(request: AdjustRequest, settings: VnpaySettings): string {
  const vat = request.invoice.taxMethod === 'DEDUCTION';
  if (request.origin === 'ADJUSTMENT') return vat ? settings.vatAdjustmentPath : settings.saleAdjustmentPath;
  return vat ? settings.vatReplacementPath : settings.saleReplacementPath;
}

/** The vendor's key as a query: date and request id must be those of the first call. */
export function keyQuery(key: ProviderKey): string {
  const { taxCode, invoiceDate, requestId } = key;
  return new URLSearchParams({ taxCode, invoiceDate, requestId }).toString();
}

function refuseForeignForm(request: IssueRequest): void {
  const expected = request.invoice.taxMethod === 'DEDUCTION' ? 1 : 2;
  if (request.form === expected) return;
  const detail = `VNPAY v6 issues forms 1 (VAT) and 2 (sale); ${request.invoice.taxMethod} needs ${expected}`;
  throw new InvalidInvoiceError([{ pointer: '/form', detail }]);
}

type BuyerMembers = Pick<
  VnpayInvoice,
  'buyerTaxCode' | 'buyerName' | 'buyerFullName' | 'buyerAddress' | 'buyerEmail' | 'isSendMail'
>;

function buyerMembers(buyer: InvoiceBuyer): BuyerMembers {
  const contact = {
    buyerEmail: buyer.email ?? '',
    isSendMail: buyer.email !== undefined && buyer.email !== '',
  };
  switch (buyer.kind) {
    case 'COMPANY':
      return {
        buyerTaxCode: buyer.taxCode,
        buyerName: buyer.contactName ?? '',
        buyerFullName: buyer.legalName,
        buyerAddress: buyer.address,
        ...contact,
      };
    case 'PERSON':
      return {
        buyerTaxCode: buyer.personalId ?? '',
        buyerName: buyer.name,
        buyerFullName: '',
        buyerAddress: buyer.address ?? '',
        ...contact,
      };
    case 'CONSUMER':
      return { buyerTaxCode: '', buyerName: CONSUMER_NAME, buyerFullName: '', buyerAddress: '', ...contact };
  }
}

/** Nobody shows how v6 writes a line that is subtracted, and a guess would be a wrong invoice. */
function propertyOf(line: InvoiceLine): VnpayProduct['property'] {
  if (line.kind !== 'DISCOUNT') return PROPERTIES[line.kind];
  const detail = 'VNPAY v6 takes discounts on the goods lines; give discount or orderDiscount instead';
  throw new InvalidInvoiceError([{ pointer: `/lines/${line.ordinal - 1}/kind`, detail }]);
}

/** The format has no member for the sentences the law prescribes; a line of kind note prints them. */
function noteLines(invoice: CalculatedInvoice): InvoiceLine[] {
  const none = { amountBeforeDiscount: 0, discount: 0, amount: 0, taxAmount: 0, reduction: 0, amountAfterTax: 0 };
  return invoice.notes.map((name, index) => ({
    ordinal: invoice.lines.length + index + 1,
    kind: 'NOTE',
    name,
    quantity: '0',
    unitPrice: '0',
    taxRate: null,
    ...none,
  }));
}

function product(line: InvoiceLine, vat: boolean): VnpayProduct {
  return {
    ordinalNumber: line.ordinal,
    name: line.name,
    property: propertyOf(line),
    unit: line.unit ?? '',
    quantity: new LosslessNumber(line.quantity),
    price: new LosslessNumber(line.unitPrice),
    amountWithoutDiscount: line.amountBeforeDiscount,
    amount: line.amount,
    ...(vat ? { taxAmount: line.taxAmount } : {}),
    amountAfterTax: line.amountAfterTax,
    ...(vat && line.taxRate !== null ? { tax: line.taxRate } : {}),
  };
}
