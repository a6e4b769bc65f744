import { PDFiumLibrary } from '@hyzyla/pdfium';
import { calculateInvoice } from '../calculation/calculate-invoice';
import type { CalculationInput, InvoiceLineInput } from '../invoice';
import { loadInvoiceFonts } from './fonts';
import type { InvoicePdfOptions, PrintedInvoice } from './printed-invoice';

export const CREATED_AT = new Date('2026-11-20T03:00:00Z');
export const SIGNED_AT = new Date('2026-11-20T17:05:09Z');

/** Pixels of one page: 1 point is `scale` pixels; four bytes each, red first. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly scale: number;
  readonly data: Uint8Array;
  readonly text: string;
}

/** What a reader of the file sees: each page as a picture with its text. */
export async function look(pdf: Uint8Array, scale = 2): Promise<Picture[]> {
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(pdf);
  try {
    const pictures: Picture[] = [];
    for (const page of document.pages()) {
      const text = page.getText();
      const { width, height, data } = await page.render({ scale, render: 'bitmap' });
      pictures.push({ width, height, scale, data: Uint8Array.from(data), text });
    }
    return pictures;
  } finally {
    document.destroy();
    library.destroy();
  }
}

/** A pixel that is not white. */
export function isInk({ data, width }: Picture, x: number, y: number): boolean {
  const at = (y * width + x) * 4;
  return [0, 1, 2].some((channel) => (data[at + channel] ?? 255) < 240);
}

export function sampleLines(count: number): InvoiceLineInput[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `Cà phê sữa đá cỡ lớn, món số ${index + 1}`,
    code: `CF${String(index + 1).padStart(3, '0')}`,
    unit: 'Ly',
    quantity: String((index % 7) + 1),
    unitPrice: String(29_000 + index * 137),
    taxCategory: index % 3 === 2 ? ('STANDARD' as const) : ('STANDARD_REDUCED' as const),
  }));
}

export function calculation(lines: readonly InvoiceLineInput[], rest: Partial<CalculationInput> = {}) {
  const base = { currency: 'VND', taxMethod: 'DEDUCTION', taxPoint: '2026-11-20', pricesIncludeTax: true } as const;
  return calculateInvoice({ ...base, lines, ...rest });
}

export function sampleInvoice(lines: number, rest: Partial<PrintedInvoice> = {}): PrintedInvoice {
  return {
    form: 1,
    symbol: 'C26MYY',
    number: '315',
    invoiceDate: '2026-11-20',
    paymentMethod: 'CASH_OR_TRANSFER',
    seller: {
      taxCode: '0100109106-001',
      name: 'CÔNG TY TNHH CÀ PHÊ PHỐ CỔ – CHI NHÁNH HOÀN KIẾM',
      address: 'Số 12 phố Hàng Gai, Phường Hoàn Kiếm, Thành phố Hà Nội',
      phone: '024 3825 6789',
      email: 'ketoan@phoco.example',
      locationName: 'Cửa hàng Hồ Gươm',
      locationCode: 'HG01',
      locationAddress: '7 Đinh Tiên Hoàng, Phường Hoàn Kiếm, Thành phố Hà Nội',
    },
    buyer: {
      kind: 'COMPANY',
      taxCode: '0314409058-002',
      legalName: 'CÔNG TY CỔ PHẦN ĐẦU TƯ NGUYỄN HUỆ',
      address: 'Số 90 Nguyễn Huệ, Phường Sài Gòn, Thành phố Hồ Chí Minh',
      contactName: 'Trần Thị Quỳnh Như',
      email: 'muahang@nguyenhue.example',
    },
    invoice: calculation(sampleLines(lines)),
    authorityCode: 'M1-26-7FGBT-00000000315',
    sellerSignature: { signer: 'CÔNG TY TNHH CÀ PHÊ PHỐ CỔ', signedAt: SIGNED_AT },
    lookUp: { url: 'https://tracuu.phoco.example', code: 'K7Q2-M9XA' },
    ...rest,
  };
}

export async function sampleOptions(rest: Partial<InvoicePdfOptions> = {}): Promise<InvoicePdfOptions> {
  const qrText = 'https://tracuu.phoco.example/?ma=K7Q2-M9XA';
  return { fonts: await loadInvoiceFonts(), createdAt: CREATED_AT, qrText, ...rest };
}
