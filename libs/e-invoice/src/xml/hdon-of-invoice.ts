import { buyerDisplayName } from '../buyer';
import type { InvoiceBuyer } from '../buyer';
import { correctionLine } from '../law/correction-line';
import type { CorrectedInvoice } from '../law/correction-line';
import type {
  CalculatedInvoice,
  InvoiceForm,
  InvoiceLine,
  InvoicePaymentMethod,
  InvoiceSeller,
  LineKind,
} from '../invoice';
import { PAYMENT_TEXT } from '../payment-text';
import type { IsoDate } from '../vietnam-date';
import type {
  HDon,
  HDonBuyer,
  HDonData,
  HDonLine,
  HDonLink,
  HDonOtherInformation,
  HDonSeller,
  HDonTotals,
} from './hdon';
import { documentVersion } from './document-version';

/** The invoice that an adjustment or replacement is about. */
export interface LinkedInvoice extends CorrectedInvoice {
  /** 1 is an invoice of Decree 123/2020 and after it. */
  readonly kind?: string | undefined;
}

export interface InvoiceLink {
  readonly origin: 'ADJUSTMENT' | 'REPLACEMENT';
  readonly original: LinkedInvoice;
  /** Written as TCDChinh where given; vendors disagree about its place, so it is left out otherwise. */
  readonly direction?: 'INCREASE' | 'DECREASE' | undefined;
}

/** One field of the seller's own. */
export type OtherField = HDonOtherInformation['TTin'][number];

/** Everything that an invoice document says. */
export interface InvoiceDocument {
  /** Attribute Id of the signed data, unique in the document. */
  readonly id: string;
  /** Version of the format; default: the one of the invoice's date. */
  readonly version?: string | undefined;
  readonly form: InvoiceForm;
  /** Six characters, `C26MYY`. */
  readonly symbol: string;
  /** 1 to 8 digits. */
  readonly number: string;
  readonly date: IsoDate;
  readonly paymentMethod: InvoicePaymentMethod;
  readonly seller: InvoiceSeller;
  readonly buyer: InvoiceBuyer;
  readonly invoice: CalculatedInvoice;
  /** Tax code of the organisation whose software makes the invoice. */
  readonly softwareTaxCode: string;
  readonly link?: InvoiceLink | undefined;
  /** The authority's code, or the cash register's. */
  readonly authorityCode?: string | undefined;
  readonly qrText?: string | undefined;
  readonly otherFields?: readonly OtherField[] | undefined;
}

/** What the temporary cut of the direct method took off: the public format shows no element for it. */
export const REDUCTION_FIELD = 'Số tiền giảm thuế';
const LOCATION_FIELDS = [
  ['locationCode', 'Mã địa điểm kinh doanh'],
  ['locationName', 'Tên địa điểm kinh doanh'],
  ['locationAddress', 'Địa chỉ địa điểm kinh doanh'],
] as const;

const LINE_KINDS: Readonly<Record<LineKind, HDonLine['TChat']>> = {
  GOODS: '1',
  PROMOTION: '2',
  DISCOUNT: '3',
  NOTE: '4',
};
/** Circular 91/2026, names of the forms. */
const FORM_NAMES: Readonly<Record<InvoiceForm, string>> = {
  1: 'Hóa đơn giá trị gia tăng',
  2: 'Hóa đơn bán hàng',
  3: 'Hóa đơn bán tài sản công',
  4: 'Hóa đơn bán hàng dự trữ quốc gia',
  5: 'Tem, vé, thẻ điện tử',
  6: 'Phiếu xuất kho',
  7: 'Hóa đơn thương mại điện tử',
  8: 'Hóa đơn giá trị gia tăng tích hợp biên lai thu thuế, phí, lệ phí',
  9: 'Hóa đơn bán hàng tích hợp biên lai thu thuế, phí, lệ phí',
};

/**
 * The document of an invoice: amounts as text from whole đồng, texts in Unicode NFC. A line of trade discount carries
 * its amount as a positive number that its kind subtracts. Sentences that the law prescribes become note lines, the
 * place of business and the cut of the direct method fields of the seller's own, because the public format shows no
 * element for them (Decree 254/2026 Art. 10). Control characters are refused when the document is built. Throws an
 * InvalidInvoiceError when the original's date is no day, or the
 * invoice's own lies before the format.
 */
export function hdonOf(input: InvoiceDocument): HDon {
  const { authorityCode, qrText } = input;
  return {
    DLHDon: dataOf(input),
    ...(qrText === undefined ? {} : { DLQRCode: qrText }),
    ...(authorityCode === undefined ? {} : { MCCQT: { text: authorityCode } }),
  };
}

function dataOf(input: InvoiceDocument): HDonData {
  const { invoice, link } = input;
  const notes = invoice.notes.map((note, index) => noteLine(note, invoice.lines.length + index + 1));
  const others = [...reductionFields(invoice), ...(input.otherFields ?? [])];
  return {
    Id: input.id,
    TTChung: {
      PBan: input.version ?? documentVersion(input.date),
      THDon: FORM_NAMES[input.form],
      KHMSHDon: String(input.form),
      KHHDon: input.symbol,
      SHDon: input.number,
      NLap: input.date,
      DVTTe: invoice.currency,
      TGia: '1',
      HTTToan: PAYMENT_TEXT[input.paymentMethod],
      MSTTCGP: input.softwareTaxCode,
      ...(link === undefined ? {} : { TTHDLQuan: linkOf(link) }),
    },
    NDHDon: {
      NBan: sellerOf(input.seller),
      NMua: buyerOf(input.buyer),
      DSHHDVu: { HHDVu: [...invoice.lines.map(lineOf), ...notes] },
      TToan: totalsOf(invoice),
    },
    ...(others.length === 0 ? {} : { TTKhac: { TTin: others } }),
  };
}

function linkOf(link: InvoiceLink): HDonLink {
  const { original, direction } = link;
  return {
    TCHDon: link.origin === 'REPLACEMENT' ? '1' : '2',
    LHDCLQuan: original.kind ?? '1',
    KHMSHDCLQuan: String(original.form),
    KHHDCLQuan: original.symbol,
    SHDCLQuan: original.number,
    NLHDCLQuan: original.date,
    GChu: correctionLine(link.origin === 'REPLACEMENT' ? 'REPLACE' : 'ADJUST', original),
    ...(direction === undefined ? {} : { TCDChinh: direction === 'INCREASE' ? '1' : '2' }),
  };
}

function sellerOf(seller: InvoiceSeller): HDonSeller {
  const fields = LOCATION_FIELDS.flatMap(([member, name]) => {
    const value = seller[member];
    return value === undefined || value === '' ? [] : [textField(name, value)];
  });
  return {
    Ten: nfc(seller.name),
    MST: seller.taxCode,
    DChi: nfc(seller.address),
    ...optional('SDThoai', seller.phone),
    ...optional('DCTDTu', seller.email),
    ...(fields.length === 0 ? {} : { TTKhac: { TTin: fields } }),
  };
}

function buyerOf(buyer: InvoiceBuyer): HDonBuyer {
  const company = buyer.kind === 'COMPANY' ? buyer : undefined;
  const person = buyer.kind === 'PERSON' ? buyer : undefined;
  return {
    Ten: nfc(buyerDisplayName(buyer)),
    ...optional('MST', company?.taxCode),
    ...optional('DChi', company?.address ?? person?.address),
    ...optional('SDThoai', buyer.phone),
    ...optional('CCCDan', person?.personalId),
    ...optional('DCTDTu', buyer.email),
    ...optional('HVTNMHang', company?.contactName),
    ...optional('MDVQHNSach', company?.budgetUnitCode),
  };
}

function lineOf(line: InvoiceLine): HDonLine {
  if (line.kind === 'NOTE') return noteLine(line.name, line.ordinal, line.code);
  const sign = line.kind === 'DISCOUNT' ? -1 : 1;
  return {
    TChat: LINE_KINDS[line.kind],
    STT: String(line.ordinal),
    ...optional('MHHDVu', line.code),
    THHDVu: nfc(line.name),
    ...optional('DVTinh', line.unit),
    SLuong: line.quantity,
    DGia: line.unitPrice,
    ...(line.discount === 0 ? {} : { STCKhau: amount(sign * line.discount) }),
    ThTien: amount(sign * line.amount),
    ...(line.taxRate === null ? {} : { TSuat: line.taxRate }),
  };
}

function noteLine(name: string, ordinal: number, code?: string): HDonLine {
  return { TChat: '4', STT: String(ordinal), ...optional('MHHDVu', code), THHDVu: nfc(name) };
}

function totalsOf({ taxMethod, taxGroups, totals }: CalculatedInvoice): HDonTotals {
  const paid = { TgTTTBSo: amount(totals.amountAfterTax), TgTTTBChu: nfc(totals.amountInWords) };
  if (taxMethod === 'DIRECT') return paid;
  const groups = taxGroups.map((group) => ({
    TSuat: group.taxRate,
    ThTien: amount(group.amount),
    TThue: amount(group.taxAmount),
  }));
  return {
    ...(groups.length === 0 ? {} : { THTTLTSuat: { LTSuat: groups } }),
    TgTCThue: amount(totals.amount),
    TgTThue: amount(totals.taxAmount),
    ...paid,
  };
}

function reductionFields({ totals }: CalculatedInvoice): OtherField[] {
  if (totals.reduction === 0) return [];
  return [{ TTruong: REDUCTION_FIELD, KDLieu: 'numeric', DLieu: amount(totals.reduction) }];
}

function textField(name: string, value: string): OtherField {
  return { TTruong: name, KDLieu: 'string', DLieu: nfc(value) };
}

/** Whole đồng as text; adding zero turns a negative zero into zero. */
function amount(value: number): string {
  return String(value + 0);
}

function nfc(value: string): string {
  return value.normalize('NFC');
}

function optional<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined || value === '' ? {} : ({ [name]: nfc(value) } as Record<K, string>);
}
