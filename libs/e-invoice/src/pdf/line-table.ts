import type { TableCell } from 'pdfmake';
import type { TableContent } from './layout-types';
import type { CalculatedInvoice, InvoiceLine } from '../invoice';
import type { FontMetrics } from './fonts';
import { ACCENT, CONTENT_WIDTH, grid, gridExtra } from './page';
import { formatNumber, formatRate } from '../vietnamese-format';

interface Column {
  readonly title: string;
  readonly alignment: 'left' | 'center' | 'right';
  /** Points at which the column looks well; longer numbers widen it. */
  readonly minWidth: number;
  /** Numbers stay on one line: a number that is broken in two reads as two. */
  readonly oneLine: boolean;
  readonly text: (line: InvoiceLine) => string;
}

const PADDING_X = 3;
/** Below this the names become a column of syllables, and a smaller type is better. */
const MIN_NAME_WIDTH = 110;
const FONT_SIZES = [8, 7, 6, 5] as const;

/** The lines of goods and services; its head stands on every page, and no line is torn between two pages. */
export function lineTable(invoice: CalculatedInvoice, metrics: FontMetrics): TableContent {
  const columns = columnsOf(invoice);
  const rows = invoice.lines.map((line) => columns.map(({ text }) => text(line)));
  const { fontSize, widths } = fit(columns, rows, metrics);
  const head = columns.map(({ title }): TableCell => ({
    text: title,
    bold: true,
    color: ACCENT,
    alignment: 'center',
    verticalAlignment: 'middle',
  }));
  const body = rows.map((row, index) =>
    row.map((text, column): TableCell => {
      const { alignment = 'left' } = columns[column] ?? {};
      return { text, alignment, ...(invoice.lines[index]?.kind === 'NOTE' ? { italics: true } : {}) };
    }),
  );
  return {
    table: { headerRows: 1, dontBreakRows: true, keepWithHeaderRows: 1, widths, body: [head, ...body] },
    layout: grid(PADDING_X),
    fontSize,
  };
}

function columnsOf(invoice: CalculatedInvoice): Column[] {
  const vat = invoice.taxMethod === 'DEDUCTION';
  const discounted = invoice.lines.some(({ discount }) => discount !== 0);
  const columns: (Column | false)[] = [
    { title: 'STT', alignment: 'center', minWidth: 18, oneLine: true, text: ({ ordinal }) => String(ordinal) },
    { title: 'Tên hàng hóa, dịch vụ', alignment: 'left', minWidth: MIN_NAME_WIDTH, oneLine: false, text: nameOf },
    { title: 'ĐVT', alignment: 'center', minWidth: 34, oneLine: false, text: ({ unit }) => unit ?? '' },
    number('Số lượng', 34, ({ quantity }) => quantity),
    number('Đơn giá', 50, ({ unitPrice }) => unitPrice),
    discounted && number('Chiết khấu', 46, ({ discount }) => discount),
    number('Thành tiền', 54, ({ amount }) => amount),
    vat && {
      title: 'Thuế suất',
      alignment: 'center',
      minWidth: 32,
      oneLine: true,
      text: ({ taxRate }) => (taxRate === null ? '' : formatRate(taxRate)),
    },
    vat && number('Tiền thuế', 48, ({ taxAmount }) => taxAmount),
  ];
  return columns.filter((column) => column !== false);
}

function number(title: string, minWidth: number, value: (line: InvoiceLine) => string | number): Column {
  const text = (line: InvoiceLine): string => (line.kind === 'NOTE' ? '' : formatNumber(value(line)));
  return { title, alignment: 'right', minWidth, oneLine: true, text };
}

function nameOf({ code, name, kind }: InvoiceLine): string {
  const full = code === undefined ? name : `${name} (${code})`;
  if (kind === 'PROMOTION') return `${full} – hàng khuyến mại, không thu tiền`;
  return kind === 'DISCOUNT' ? `${full} – chiết khấu thương mại` : full;
}

/** The largest type in which every number fits on its line and the names keep room; they get what is left. */
function fit(columns: readonly Column[], rows: readonly (readonly string[])[], metrics: FontMetrics) {
  const thousandths = columns.map(({ oneLine }, column) =>
    oneLine ? rows.reduce((widest, row) => Math.max(widest, metrics.widthOf(row[column] ?? '')), 0) : 0,
  );
  const room = CONTENT_WIDTH - gridExtra(columns.length, PADDING_X);
  const sized = FONT_SIZES.map((fontSize) => {
    const widths = columns.map(({ minWidth }, column) =>
      Math.max(minWidth, Math.ceil(((thousandths[column] ?? 0) * fontSize) / 1000) + 1),
    );
    const names = columns.findIndex(({ title }) => title.startsWith('Tên'));
    const others = widths.reduce((sum, width, column) => (column === names ? sum : sum + width), 0);
    widths[names] = room - others;
    return { fontSize, widths, enough: room - others >= MIN_NAME_WIDTH };
  });
  const best = sized.find(({ enough }) => enough) ?? sized.at(-1);
  return best ?? { fontSize: FONT_SIZES[0], widths: [] };
}
