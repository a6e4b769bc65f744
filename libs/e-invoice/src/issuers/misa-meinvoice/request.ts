import { LosslessNumber } from 'lossless-json';
import { buyerDisplayName, type InvoiceBuyer } from '../../buyer';
import type { CalculatedInvoice, InvoiceLine, LineKind } from '../../invoice';
import type { AdjustRequest, IssueRequest, ProviderKey } from '../issuer';
import { PAYMENT_TEXT } from '../../payment-text';
import { fractionDigits, isCashRegister, printedSeries } from '../vendor-invoice';
import { vendorUuid } from '../vendor-uuid';
import type { MisaSettings } from './settings';
import type { MisaDetail, MisaInvoiceData, MisaPublishBody } from './wire';

const SIGN_BY_HSM = 2;
const ITEM_TYPES: Readonly<Record<LineKind, MisaDetail['ItemType']>> = {
  GOODS: 1,
  PROMOTION: 2,
  DISCOUNT: 3,
  NOTE: 4,
};

/** The body that publishes an invoice. */
export function publishBody(request: IssueRequest, settings: MisaSettings): MisaPublishBody {
  return wrapped(request, settings, invoiceData(request));
}

/** The body that publishes an adjustment, with signed amounts, or a replacement. */
export function adjustBody(request: AdjustRequest, settings: MisaSettings): MisaPublishBody {
  const { original, origin, reason } = request;
  return wrapped(request, settings, {
    ...invoiceData(request),
    ReferenceType: origin === 'REPLACEMENT' ? 1 : 2,
    OrgInvoiceType: 1,
    OrgInvTemplateNo: String(original.form),
    OrgInvSeries: original.symbol,
    OrgInvNo: original.number,
    OrgInvDate: original.date,
    InvoiceNote: reason,
  });
}

/** Which kind of series a look-up or a download asks about; the settings tell where the key does not. */
export function seriesQuery(key: ProviderKey, settings: MisaSettings): Record<string, string> {
  const symbol = key.series?.slice(1);
  return {
    invoiceWithCode: String(symbol === undefined ? settings.withCode : symbol.startsWith('C')),
    invoiceCalcu: String(symbol === undefined ? settings.cashRegister : isCashRegister(symbol)),
  };
}

function wrapped(request: IssueRequest, settings: MisaSettings, data: MisaInvoiceData): MisaPublishBody {
  const signType = isCashRegister(request.symbol) ? settings.cashRegisterSignType : SIGN_BY_HSM;
  return { SignType: signType, InvoiceData: [data], PublishInvoiceData: null };
}

function invoiceData(request: IssueRequest): MisaInvoiceData {
  const { key, invoice, buyer } = request;
  const { totals } = invoice;
  const vat = invoice.taxMethod === 'DEDUCTION';
  return {
    RefID: vendorUuid(key),
    InvSeries: printedSeries(request),
    InvDate: key.invoiceDate,
    CurrencyCode: 'VND',
    ExchangeRate: 1,
    PaymentMethodName: PAYMENT_TEXT[request.paymentMethod],
    ...buyerMembers(buyer),
    TotalSaleAmountOC: totals.amountBeforeDiscount,
    TotalSaleAmount: totals.amountBeforeDiscount,
    TotalDiscountAmountOC: totals.discount,
    TotalDiscountAmount: totals.discount,
    TotalAmountWithoutVATOC: totals.amount,
    TotalAmountWithoutVAT: totals.amount,
    TotalVATAmountOC: totals.taxAmount,
    TotalVATAmount: totals.taxAmount,
    TotalAmountOC: totals.amountAfterTax,
    TotalAmount: totals.amountAfterTax,
    TotalAmountInWords: totals.amountInWords,
    IsInvoiceCalculatingMachine: isCashRegister(request.symbol),
    IsTaxReduction43: invoice.lines.some((line) => line.taxRate === '8%'),
    OriginalInvoiceDetail: [
      ...invoice.lines.map((line) => detail(line, vat)),
      ...invoice.notes.map((name, index) => note(name, invoice.lines.length + index + 1)),
    ],
    TaxRateInfo: invoice.taxGroups.map(({ taxRate, amount, taxAmount }) => ({
      VATRateName: taxRate,
      AmountWithoutVATOC: amount,
      VATAmountOC: taxAmount,
    })),
    OptionUserDefined: digits(invoice),
  };
}

function detail(line: InvoiceLine, vat: boolean): MisaDetail {
  const unnumbered = line.kind === 'DISCOUNT' || line.kind === 'NOTE';
  // The vendor subtracts lines of discount itself (its formula for the totals), so they are written positive.
  const sign = line.kind === 'DISCOUNT' ? -1 : 1;
  const amount = (value: number): number => (value === 0 ? 0 : sign * value);
  return {
    ItemType: ITEM_TYPES[line.kind],
    LineNumber: line.ordinal,
    SortOrder: unnumbered ? null : line.ordinal,
    ...(line.code === undefined ? {} : { ItemCode: line.code }),
    ItemName: line.name,
    ...(line.unit === undefined ? {} : { UnitName: line.unit }),
    Quantity: new LosslessNumber(line.quantity),
    UnitPrice: new LosslessNumber(line.unitPrice),
    AmountOC: amount(line.amountBeforeDiscount),
    Amount: amount(line.amountBeforeDiscount),
    DiscountAmountOC: amount(line.discount),
    DiscountAmount: amount(line.discount),
    AmountWithoutVATOC: amount(line.amount),
    AmountWithoutVAT: amount(line.amount),
    ...(vat && line.taxRate !== null
      ? { VATRateName: line.taxRate, VATAmountOC: amount(line.taxAmount), VATAmount: amount(line.taxAmount) }
      : {}),
  };
}

function note(name: string, lineNumber: number): MisaDetail {
  const zero = new LosslessNumber('0');
  return {
    ItemType: ITEM_TYPES.NOTE,
    LineNumber: lineNumber,
    SortOrder: null,
    ItemName: name,
    Quantity: zero,
    UnitPrice: zero,
    AmountOC: 0,
    Amount: 0,
    DiscountAmountOC: 0,
    DiscountAmount: 0,
    AmountWithoutVATOC: 0,
    AmountWithoutVAT: 0,
  };
}

type BuyerMembers = Pick<MisaInvoiceData, 'BuyerLegalName' | 'BuyerTaxCode' | 'BuyerAddress' | 'IsSendEmail'> &
  Partial<MisaInvoiceData>;

function buyerMembers(buyer: InvoiceBuyer): BuyerMembers {
  const name = buyerDisplayName(buyer);
  const contact = {
    ...(buyer.phone ? { BuyerPhoneNumber: buyer.phone } : {}),
    ...(buyer.email ? { BuyerEmail: buyer.email, ReceiverEmail: buyer.email, ReceiverName: name } : {}),
    IsSendEmail: Boolean(buyer.email),
  };
  if (buyer.kind === 'COMPANY') {
    return {
      BuyerLegalName: name,
      BuyerTaxCode: buyer.taxCode,
      BuyerAddress: buyer.address,
      ...(buyer.contactName ? { BuyerFullName: buyer.contactName } : {}),
      ...(buyer.budgetUnitCode ? { BuyerBudgetCode: buyer.budgetUnitCode } : {}),
      ...contact,
    };
  }
  const person = buyer.kind === 'PERSON' ? buyer : undefined;
  return {
    BuyerLegalName: name,
    BuyerTaxCode: '',
    BuyerAddress: person?.address ?? '',
    BuyerFullName: name,
    ...(person?.personalId ? { BuyerIDNumber: person.personalId } : {}),
    ...contact,
  };
}

/** How many decimals the vendor prints. ExchangRate is the vendor's spelling. */
function digits(invoice: CalculatedInvoice): Readonly<Record<string, string>> {
  const unitPrice = String(fractionDigits(invoice, 'unitPrice'));
  return {
    MainCurrency: 'VND',
    AmountDecimalDigits: '0',
    AmountOCDecimalDigits: '0',
    UnitPriceDecimalDigits: unitPrice,
    UnitPriceOCDecimalDigits: unitPrice,
    QuantityDecimalDigits: String(fractionDigits(invoice, 'quantity')),
    CoefficientDecimalDigits: '2',
    ExchangRateDecimalDigits: '0',
  };
}
