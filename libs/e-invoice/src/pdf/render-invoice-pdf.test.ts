import decodeQR from 'qr/decode.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { metricsOf } from './fonts';
import { calculation, isInk, look, sampleInvoice, sampleLines, sampleOptions, SIGNED_AT } from './pdf.fixture';
import type { Picture } from './pdf.fixture';
import type { InvoicePdfOptions, PrintedInvoice } from './printed-invoice';
import { renderInvoicePdf } from './render-invoice-pdf';

const LOWER = 'àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ';
const FRAME = 24;
const CONTENT = 36;

let options: InvoicePdfOptions;
beforeAll(async () => {
  options = await sampleOptions();
});

const shown = async (invoice: PrintedInvoice, rest: Partial<InvoicePdfOptions> = {}, scale = 2): Promise<Picture[]> =>
  look(await renderInvoicePdf(invoice, { ...options, ...rest }), scale);

/** Lines that the layout wrapped are joined again. */
const textOf = (pages: readonly Picture[]): string => pages.map(({ text }) => text.replaceAll(/\s+/g, ' ')).join('\n');

/** Points of the page at which there is ink, within a rectangle. */
function inkWithin(picture: Picture, left: number, top: number, right: number, bottom: number): string[] {
  const found: string[] = [];
  const { scale } = picture;
  for (let y = Math.round(top * scale); y < bottom * scale; y += 1) {
    for (let x = Math.round(left * scale); x < right * scale; x += 1) {
      if (isInk(picture, x, y)) found.push(`${x / scale},${y / scale}`);
    }
  }
  return found;
}

function expectCleanMargins(picture: Picture): void {
  const [right, bottom] = [595, 841];
  // Outside of the frame, and between the frame and the text on both sides and below.
  expect(inkWithin(picture, 0, 0, FRAME - 1, bottom)).toEqual([]);
  expect(inkWithin(picture, right - FRAME + 2, 0, right, bottom)).toEqual([]);
  expect(inkWithin(picture, 0, 0, right, FRAME - 1)).toEqual([]);
  expect(inkWithin(picture, 0, bottom - FRAME + 2, right, bottom)).toEqual([]);
  expect(inkWithin(picture, FRAME + 5, FRAME + 5, CONTENT - 1, bottom - FRAME - 5)).toEqual([]);
  expect(inkWithin(picture, right - CONTENT + 2, FRAME + 5, right - FRAME - 5, bottom - FRAME - 5)).toEqual([]);
  expect(inkWithin(picture, CONTENT, bottom - FRAME - 7, right - CONTENT, bottom - FRAME - 4)).toEqual([]);
}

describe('renderInvoicePdf', () => {
  it('gives back all 134 accented letters of Vietnamese, composed, whatever form they came in', async () => {
    const letters = LOWER + LOWER.toUpperCase();
    expect([...letters]).toHaveLength(134);
    const spaced = [...letters].join(' ');
    const [page] = await shown(sampleInvoice(1, { notes: [`${spaced.normalize('NFD')} hết`] }));
    expect(textOf(page === undefined ? [] : [page])).toContain(`${spaced} hết`);
    // In every face: italic in the note, bold in a name, regular in a line.
    const seller = { ...sampleInvoice(1).seller, name: letters };
    const invoice = calculation([{ ...sampleLines(1)[0], name: letters }]);
    const both = textOf(await shown(sampleInvoice(1, { seller, invoice }))).replaceAll(' ', '');
    expect(both.split(letters)).toHaveLength(3);
  });

  it.each([
    [1, 1],
    [40, 2],
    [200, 5],
  ])('%d lines fill %d pages, each with the head of the table and its number', async (count, pageCount) => {
    const pages = await shown(sampleInvoice(count));
    expect(pages).toHaveLength(pageCount);
    pages.forEach((page, index) => {
      const text = textOf([page]);
      expect(text).toContain('STT Tên hàng hóa, dịch vụ ĐVT');
      expect(text).toContain(`Trang ${index + 1}/${pageCount}`);
      expect(text.includes(`1C26MYY số 315 – tiếp theo trang trước – trang ${index + 1}/${pageCount}`)).toBe(index > 0);
      expectCleanMargins(page);
    });
    const text = textOf(pages);
    for (let line = 1; line <= count; line += 1) {
      expect(text.split(`món số ${line} (CF${String(line).padStart(3, '0')})`)).toHaveLength(2);
    }
    expect(text.split('Tổng cộng tiền thanh toán')).toHaveLength(2);
  });

  it('says what an invoice of a cash register says', async () => {
    const text = textOf(await shown(sampleInvoice(3)));
    const expected = [
      'HÓA ĐƠN GIÁ TRỊ GIA TĂNG',
      '(Khởi tạo từ máy tính tiền)',
      'BẢN THỂ HIỆN CỦA HÓA ĐƠN ĐIỆN TỬ',
      'Mẫu số: 1',
      'Ký hiệu: C26MYY',
      'Số: 315',
      'Ngày 20 tháng 11 năm 2026',
      'Mã của cơ quan thuế: M1-26-7FGBT-00000000315',
      'CÔNG TY TNHH CÀ PHÊ PHỐ CỔ – CHI NHÁNH HOÀN KIẾM',
      '0100109106-001',
      'Cửa hàng Hồ Gươm (HG01), 7 Đinh Tiên Hoàng',
      'Tên đơn vị: CÔNG TY CỔ PHẦN ĐẦU TƯ NGUYỄN HUỆ',
      '0314409058-002',
      'Hình thức thanh toán: TM/CK',
      '2 Cà phê sữa đá cỡ lớn, món số 2 (CF002) Ly 2 26.978,5 53.957 8% 4.317',
      'Thuế suất 8% 80.809 6.465 87.274',
      'Thuế suất 10% 79.838 7.984 87.822',
      'Tổng cộng tiền thanh toán 160.647 14.449 175.096',
      'Một trăm bảy mươi lăm nghìn không trăm chín mươi sáu đồng.',
      // 17:05 UTC is already the next day in Vietnam.
      'Ký lúc: 21/11/2026 00:05:09',
      'Tra cứu hóa đơn tại: https://tracuu.phoco.example Mã tra cứu: K7Q2-M9XA Cần kiểm tra',
    ];
    expect(expected.filter((part) => !text.includes(part))).toEqual([]);
  });

  it('shows the direct method without VAT, in full lines with the cut and its note', async () => {
    const line = { name: 'Phở bò', quantity: '2', unitPrice: '65000', directCategory: 'SERVICE_WITH_GOODS' } as const;
    const lines = [
      line,
      { ...line, name: 'Nước sâm', discount: 1_000 },
      { kind: 'NOTE', name: 'Giao tận nơi' } as const,
    ];
    const invoice = calculation(lines, { taxMethod: 'DIRECT', pricesIncludeTax: false });
    const text = textOf(await shown(sampleInvoice(1, { form: 2, buyer: { kind: 'CONSUMER' }, invoice })));
    const expected = [
      'HÓA ĐƠN BÁN HÀNG',
      'Họ tên người mua: Bán cho người tiêu dùng',
      'Cộng tiền hàng hóa, dịch vụ 260.000',
      'Chiết khấu thương mại -1.000',
      'Số tiền được giảm -1.554',
      'Tổng cộng tiền thanh toán 257.446',
      'Ghi chú: Đã giảm 1.554 đồng tương ứng 20% mức tỷ lệ %',
    ];
    expect(expected.filter((part) => !text.includes(part))).toEqual([]);
    expect(text).not.toContain('Thuế suất');
  });

  it('names the invoice that it adjusts or replaces, and who answers for a paper copy', async () => {
    const original = { form: 1, symbol: 'C26MYY', number: '00000012', date: '2026-11-09' } as const;
    const correction = { action: 'REPLACE', original, reason: '' } as const;
    const copy = { kind: 'CONVERTED', number: 2, convertedBy: 'Lê Văn Đức', convertedAt: SIGNED_AT } as const;
    const replaced = textOf(await shown(sampleInvoice(1, { correction }), { copy }));
    const line = 'hóa đơn Mẫu số 1 ký hiệu C26MYY số 00000012 ngày 09 tháng 11 năm 2026';
    expect(replaced).toContain(`Thay thế cho ${line}`);
    expect(replaced).toContain('BẢN CHUYỂN ĐỔI SỐ 2 – 21/11/2026 00:05:09');
    expect(replaced).toContain('Lê Văn Đức');
    expect(replaced).not.toContain('BẢN THỂ HIỆN');
    const adjusts = { ...correction, action: 'ADJUST', reason: 'sai đơn giá' } as const;
    expect(textOf(await shown(sampleInvoice(1, { correction: adjusts })))).toContain(
      `Điều chỉnh cho ${line}. Lý do: sai đơn giá`,
    );
  });

  it.each<[string | undefined, Partial<PrintedInvoice>]>([
    ['BẢN NHÁP – CHƯA CÓ GIÁ TRỊ', { number: undefined, fate: 'REPLACED' }],
    ['ĐÃ BỊ THAY THẾ', { fate: 'REPLACED', authorityCode: undefined }],
    ['CHƯA CÓ MÃ CỦA CƠ QUAN THUẾ', { authorityCode: undefined, fate: 'ADJUSTED' }],
    ['ĐÃ BỊ ĐIỀU CHỈNH', { fate: 'ADJUSTED' }],
    [undefined, { authorityCode: undefined, symbol: 'K26TYY' }],
    [undefined, {}],
  ])('says across every page: %s', async (mark, rest) => {
    const pages = await shown(sampleInvoice(40, rest));
    const marks = ['BẢN NHÁP', 'ĐÃ BỊ THAY THẾ', 'CHƯA CÓ MÃ CỦA CƠ QUAN THUẾ', 'ĐÃ BỊ ĐIỀU CHỈNH'];
    for (const page of pages) {
      const found = marks.filter((text) => textOf([page]).includes(text));
      expect(found).toEqual(marks.filter((text) => mark?.startsWith(text) === true));
      // Even the mark stays on the paper.
      expect(inkWithin(page, 0, 0, 10, 841)).toEqual([]);
      expect(inkWithin(page, 585, 0, 595, 841)).toEqual([]);
    }
  });

  it.each(['https://tracuu.phoco.example/?ma=K7Q2-M9XA', 'Mã tra cứu: K7Q2, số tiền 175.096 đồng', 'Q'.repeat(500)])(
    'draws a QR code that a reader reads as %s',
    async (qrText) => {
      const [page] = await shown(sampleInvoice(1), { qrText }, 4);
      if (page === undefined) throw new Error('no page');
      expect(decodeQR(page, { format: 'RGBA', timeLimit: 10_000 })).toBe(qrText);
    },
  );

  it('aligns amounts to the right and keeps the widest ones on one line inside the page', async () => {
    const line = { name: 'X'.repeat(300), unit: 'W'.repeat(50), quantity: '123456789.123456' };
    const invoice = calculation([{ ...line, unitPrice: '3999999.123456', taxRate: 'KHAC:03.50%', discount: 5 }]);
    const [page] = await shown(sampleInvoice(1, { invoice }), {}, 4);
    if (page === undefined) throw new Error('no page');
    const expected = ['123.456.789,123456', '477.127.582.877.788', '16.699.465.400.723', '493.827.048.278.511', '3,5%'];
    expect(expected.filter((amount) => !page.text.includes(amount))).toEqual([]);
    expectCleanMargins(page);
    const [ordinary] = await shown(sampleInvoice(20), {}, 4);
    if (ordinary === undefined) throw new Error('no page');
    // The last column ends at the table's border; each amount in it ends at the padding before it.
    const edges = rowEdges(ordinary, 595 - CONTENT - 40, 595 - CONTENT - 2, 330, 560);
    expect(edges.length).toBeGreaterThan(8);
    expect(Math.max(...edges) - Math.min(...edges)).toBeLessThanOrEqual(1);
    expect(Math.max(...edges)).toBeLessThan(595 - CONTENT - 2);
  });

  it('makes the same bytes of the same input, at the same time as others too', async () => {
    const invoice = sampleInvoice(40);
    const [first, second] = await Promise.all([renderInvoicePdf(invoice, options), renderInvoicePdf(invoice, options)]);
    expect(Buffer.from(first).equals(second)).toBe(true);
    const freshFonts = await sampleOptions();
    expect(Buffer.from(first).equals(await renderInvoicePdf(invoice, freshFonts))).toBe(true);
    const later = await renderInvoicePdf(invoice, { ...options, createdAt: new Date('2026-11-20T03:00:01Z') });
    expect(Buffer.from(first).equals(later)).toBe(false);
  });

  it('prints nothing of its own that the fonts lack', async () => {
    const metrics = metricsOf(options.fonts);
    const forms = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
    const copy = { kind: 'CONVERTED', number: 1, convertedBy: 'A', convertedAt: SIGNED_AT } as const;
    const authoritySignature = { signer: 'CỤC THUẾ', signedAt: SIGNED_AT };
    for (const form of forms) {
      const text = textOf(await shown(sampleInvoice(1, { form, authoritySignature }), { copy }, 1));
      const missing = [...text].filter((char) => char !== '\n' && !metrics.has(char.codePointAt(0) ?? 0));
      expect(missing).toEqual([]);
    }
  });
});

/** Right ends of the ink in each row of text within a column, in points; rules across the column are no text. */
function rowEdges(picture: Picture, left: number, right: number, top: number, bottom: number): number[] {
  const { scale } = picture;
  const edges: number[] = [];
  let current: number | undefined;
  for (let y = top * scale; y < bottom * scale; y += 1) {
    const inked: number[] = [];
    for (let x = left * scale; x < right * scale; x += 1) if (isInk(picture, x, y)) inked.push(x / scale);
    const rule = inked.length >= (right - left) * scale - 1;
    if (inked.length > 0 && !rule) current = Math.max(current ?? 0, ...inked);
    else if (current !== undefined) {
      edges.push(current);
      current = undefined;
    }
  }
  return edges;
}
