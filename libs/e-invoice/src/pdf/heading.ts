import type { Content } from 'pdfmake';
import type { ColumnContent, TextContent } from './layout-types';
import { correctionLine } from '../law/correction-line';
import type { InvoiceCorrection } from '../invoice';
import { parseSymbol } from '../series/symbol';
import { CONTENT_WIDTH, ACCENT, INK, MUTED, NUMBER_RED } from './page';
import type { InvoiceCopy, PrintedInvoice } from './printed-invoice';
import { formatInstant, formatLongDate } from '../vietnamese-format';

const QR_SIZE = 84;
const SIDE_WIDTH = 120;

const TITLES: Readonly<Record<number, string>> = {
  1: 'HÓA ĐƠN GIÁ TRỊ GIA TĂNG',
  2: 'HÓA ĐƠN BÁN HÀNG',
  3: 'HÓA ĐƠN BÁN TÀI SẢN CÔNG',
  4: 'HÓA ĐƠN BÁN HÀNG DỰ TRỮ QUỐC GIA',
  5: 'TEM, VÉ, THẺ ĐIỆN TỬ',
  6: 'PHIẾU XUẤT KHO',
  7: 'HÓA ĐƠN THƯƠNG MẠI',
  8: 'HÓA ĐƠN GIÁ TRỊ GIA TĂNG TÍCH HỢP BIÊN LAI',
  9: 'HÓA ĐƠN BÁN HÀNG TÍCH HỢP BIÊN LAI',
};

/** The title that a form and a series print (Circular 32/2025): transfer and consignment notes are told by the letter. */
export function titleOf(form: number, symbol: string): string {
  const letter = parseSymbol(symbol)?.letter;
  if (form === 6 && letter === 'N') return 'PHIẾU XUẤT KHO KIÊM VẬN CHUYỂN NỘI BỘ';
  if (form === 6 && letter === 'B') return 'PHIẾU XUẤT KHO HÀNG GỬI BÁN ĐẠI LÝ';
  return TITLES[form] ?? 'HÓA ĐƠN ĐIỆN TỬ';
}

/** QR code, title and date, series and number. */
export function heading(document: PrintedInvoice, copy: InvoiceCopy, qrText: string | undefined): Content[] {
  const cashRegister = parseSymbol(document.symbol)?.cashRegister === true;
  const middle: TextContent[] = [
    centred(titleOf(document.form, document.symbol), { bold: true, fontSize: 15, color: ACCENT }),
    ...(cashRegister ? [centred('(Khởi tạo từ máy tính tiền)', { italics: true })] : []),
    ...copyLines(copy),
    centred(formatLongDate(document.invoiceDate), { italics: true, margin: [0, 3, 0, 0] }),
    ...(document.authorityCode === undefined
      ? []
      : [
          {
            text: [
              { text: 'Mã của cơ quan thuế: ', color: MUTED },
              { text: document.authorityCode, bold: true },
            ],
            alignment: 'center' as const,
            fontSize: 8,
            margin: [0, 3, 0, 0] as [number, number, number, number],
          },
        ]),
  ];
  return [
    { columns: [qrColumn(qrText), { width: CONTENT_WIDTH - 2 * SIDE_WIDTH, stack: middle }, seriesColumn(document)] },
    ...(document.correction === undefined ? [] : [correctionNote(document.correction)]),
  ];
}

/** One line over every page but the first, which begins with the title. */
export function runningHead(document: PrintedInvoice): string {
  const number = document.number === undefined ? 'bản nháp' : `số ${document.number}`;
  return `${titleOf(document.form, document.symbol)} ${document.form}${document.symbol} ${number}`;
}

function qrColumn(qrText: string | undefined): ColumnContent {
  if (qrText === undefined || qrText === '') return { width: SIDE_WIDTH, text: '' };
  return { width: SIDE_WIDTH, stack: [{ qr: qrText, fit: QR_SIZE, eccLevel: 'M', foreground: INK }] };
}

function seriesColumn({ form, symbol, number }: PrintedInvoice): ColumnContent {
  return {
    width: SIDE_WIDTH,
    margin: [0, 4, 0, 0],
    stack: [
      {
        text: [
          { text: 'Mẫu số: ', color: MUTED },
          { text: String(form), bold: true },
        ],
        alignment: 'right',
      },
      {
        text: [
          { text: 'Ký hiệu: ', color: MUTED },
          { text: symbol, bold: true },
        ],
        alignment: 'right',
      },
      {
        text: [
          { text: 'Số: ', color: MUTED },
          { text: number ?? '(chưa cấp)', bold: true, color: NUMBER_RED, fontSize: number === undefined ? 9 : 13 },
        ],
        alignment: 'right',
      },
    ],
  };
}

function copyLines(copy: InvoiceCopy): TextContent[] {
  if (copy.kind === 'REPRESENTATION') {
    return [centred('BẢN THỂ HIỆN CỦA HÓA ĐƠN ĐIỆN TỬ', { fontSize: 8, color: MUTED, margin: [0, 2, 0, 0] })];
  }
  return [
    centred('HÓA ĐƠN CHUYỂN ĐỔI TỪ HÓA ĐƠN ĐIỆN TỬ', { fontSize: 8, bold: true, margin: [0, 2, 0, 0] }),
    centred(`BẢN CHUYỂN ĐỔI SỐ ${copy.number} – ${formatInstant(copy.convertedAt)}`, { fontSize: 8 }),
  ];
}

/** The line that the law prescribes, and why. */
function correctionNote({ action, original, reason }: InvoiceCorrection): TextContent {
  const line = correctionLine(action, original);
  return centred(reason === '' ? line : `${line}. Lý do: ${reason}`, { bold: true, margin: [0, 8, 0, 0] });
}

function centred(text: string, style: Omit<TextContent, 'text'>): TextContent {
  return { text, alignment: 'center', ...style };
}
