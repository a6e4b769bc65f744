import { amountInWords } from '../../calculation/amount-in-words';
import { buyerDisplayName, type InvoiceBuyer } from '../../buyer';
import type { InvoiceForm, InvoiceLine, LineKind } from '../../invoice';
import { PAYMENT_TEXT } from '../../payment-text';
import { InvalidInvoiceError } from '../../problem';
import type { TaxRate } from '../../law/rules/rate-rules';
import type { IsoDate } from '../../vietnam-date';
import type { AdjustRequest, IssueRequest, ProviderKey } from '../issuer';
import { adjustmentDirection, percentText, printedSeries } from '../vendor-invoice';
import { vendorUuid } from '../vendor-uuid';
import { element } from './soap';
import type { VnptSettings } from './settings';

/** IsSum: what kind a line is. */
const LINE_KINDS: Readonly<Record<LineKind, string>> = { GOODS: '0', PROMOTION: '1', DISCOUNT: '2', NOTE: '4' };
const ADJUST_TYPES = { INCREASE: '2', DECREASE: '3', INFORMATION: '4' } as const;

/** Our key as the vendor's Fkey: its answers join keys by `_` and `,`, so only letters, digits and dashes go in. */
export function fkeyOf(key: ProviderKey): string {
  return /^[A-Za-z0-9-]{1,36}$/.test(key.requestId) ? key.requestId : vendorUuid(key);
}

/** xmlInvData of ImportAndPublishInv. Throws InvalidInvoiceError. */
export function publishXml(request: IssueRequest, settings: VnptSettings): string {
  const key = element('key', fkeyOf(request.key), '/key/requestId');
  return `<Invoices><Inv>${key}<Invoice>${content(request, settings, false)}</Invoice></Inv></Invoices>`;
}

/** xmlInvData that adjusts an invoice, with positive amounts and a type that says up or down. Throws InvalidInvoiceError. */
export function adjustXml(request: AdjustRequest, settings: VnptSettings): string {
  const type = element('Type', ADJUST_TYPES[adjustmentDirection(request)], '/invoice');
  return `<AdjustInv>${relation(request)}${content(request, settings, true)}${type}</AdjustInv>`;
}

/** xmlInvData that replaces an invoice. Throws InvalidInvoiceError. */
export function replaceXml(request: AdjustRequest, settings: VnptSettings): string {
  return `<ReplaceInv>${relation(request)}${content(request, settings, false)}</ReplaceInv>`;
}

/** Fkey of the original, the only name the vendor knows it by. Throws InvalidInvoiceError where it is not known. */
export function originalFkey({ key, original }: AdjustRequest): string {
  if (original.requestId !== undefined) return fkeyOf({ ...key, requestId: original.requestId });
  const detail = 'is required: VNPT adjusts and replaces only what was issued through it';
  throw new InvalidInvoiceError([{ pointer: '/original/requestId', detail }]);
}

/** The template of a series. Throws InvalidInvoiceError where the settings name none. */
export function patternOf(
  series: { readonly form: InvoiceForm; readonly symbol: string },
  settings: VnptSettings,
): string {
  const pattern = settings.patterns[printedSeries(series)] ?? settings.pattern;
  if (pattern !== '') return pattern;
  const detail = `is needed to issue; no template is known for ${printedSeries(series)}`;
  throw new InvalidInvoiceError([{ pointer: '/settings/pattern', detail }]);
}

function relation(request: AdjustRequest): string {
  return element('key', fkeyOf(request.key), '/key/requestId') + element('LDo', request.reason, '/reason');
}

function content(request: IssueRequest, settings: VnptSettings, unsigned: boolean): string {
  const { invoice, key } = request;
  const { totals } = invoice;
  const amount = (value: number): string => String(unsigned ? Math.abs(value) : value);
  const vat = invoice.taxMethod === 'DEDUCTION';
  const words = unsigned ? amountInWords(Math.abs(totals.amountAfterTax)) : totals.amountInWords;
  const products = [
    ...invoice.lines.map((line, index) => product(line, index, settings, unsigned)),
    ...invoice.notes.map((name) => `<Product>${element('ProdName', name, '/invoice/notes')}<IsSum>4</IsSum></Product>`),
  ];
  return [
    ...buyerElements(request.buyer, settings),
    `<PaymentMethod>${PAYMENT_TEXT[request.paymentMethod]}</PaymentMethod>`,
    `<Products>${products.join('')}</Products>`,
    `<Total>${amount(totals.amount)}</Total>`,
    ...(vat
      ? [
          element('VATRate', invoiceRate(request, settings), '/settings'),
          `<VATAmount>${amount(totals.taxAmount)}</VATAmount>`,
        ]
      : []),
    `<Amount>${amount(totals.amountAfterTax)}</Amount>`,
    element('AmountInWords', words, '/invoice/totals/amountInWords'),
    `<${settings.dateElement}>${dayOf(key.invoiceDate)}</${settings.dateElement}>`,
  ].join('');
}

function product(line: InvoiceLine, index: number, settings: VnptSettings, unsigned: boolean): string {
  const at = `/lines/${index}`;
  // The vendor subtracts discounts itself, so they are written positive too.
  const positive = unsigned || line.kind === 'DISCOUNT';
  const amount = (value: number): string => String(positive ? Math.abs(value) : value);
  const decimal = (text: string): string => (positive ? text.replace(/^-/, '') : text);
  const name = [
    ...(line.code === undefined ? [] : [element('Code', line.code, `${at}/code`)]),
    element('ProdName', line.name, `${at}/name`),
  ];
  const kind = `<IsSum>${LINE_KINDS[line.kind]}</IsSum>`;
  if (line.kind === 'NOTE') return `<Product>${name.join('')}${kind}</Product>`;
  return `<Product>${[
    ...name,
    ...(line.unit === undefined ? [] : [element('ProdUnit', line.unit, `${at}/unit`)]),
    `<ProdQuantity>${decimal(line.quantity)}</ProdQuantity>`,
    `<ProdPrice>${decimal(line.unitPrice)}</ProdPrice>`,
    ...(line.discount === 0 ? [] : [`<DiscountAmount>${amount(line.discount)}</DiscountAmount>`]),
    `<Total>${amount(line.amount)}</Total>`,
    ...(line.taxRate === null
      ? []
      : [
          element('VATRate', rateText(line.taxRate, settings), '/settings'),
          `<VATAmount>${amount(line.taxAmount)}</VATAmount>`,
        ]),
    `<Amount>${amount(line.amountAfterTax)}</Amount>`,
    kind,
  ].join('')}</Product>`;
}

function invoiceRate({ invoice }: IssueRequest, settings: VnptSettings): string {
  const [first, ...others] = invoice.taxGroups;
  if (first !== undefined && others.length === 0) return rateText(first.taxRate, settings);
  if (settings.mixedRate !== '') return settings.mixedRate;
  const detail = 'no public source shows the VATRate of an invoice with several rates, or none; set mixedRate';
  throw new InvalidInvoiceError([{ pointer: '/invoice/taxGroups', detail }]);
}

function rateText(rate: TaxRate, settings: VnptSettings): string {
  if (rate === 'KCT') return settings.notSubjectRate;
  return rate === 'KKKNT' ? settings.notDeclaredRate : percentText(rate);
}

function buyerElements(buyer: InvoiceBuyer, settings: VnptSettings): string[] {
  const name = buyerDisplayName(buyer);
  const company = buyer.kind === 'COMPANY' ? buyer : undefined;
  const person = buyer.kind === 'PERSON' ? buyer : undefined;
  const code = company?.taxCode ?? (person?.personalId || settings.consumerCode);
  return [
    element('CusCode', code, '/buyer'),
    element('CusName', name, '/buyer/name'),
    element('CusAddress', company?.address ?? person?.address ?? '', '/buyer/address'),
    ...(buyer.phone ? [element('CusPhone', buyer.phone, '/buyer/phone')] : []),
    element('CusTaxCode', company?.taxCode ?? '', '/buyer/taxCode'),
  ];
}

function dayOf(date: IsoDate): string {
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}/${month}/${year}`;
}
