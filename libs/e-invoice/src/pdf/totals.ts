import type { Content, TableCell } from 'pdfmake';
import type { TableContent } from './layout-types';
import type { CalculatedInvoice } from '../invoice';
import { ACCENT, CONTENT_WIDTH, grid, gridExtra, MUTED } from './page';
import { describeRate, formatNumber } from '../vietnamese-format';

const PADDING_X = 5;
const AMOUNT_WIDTH = 104;

/** More rates than this make a table that may need a page of its own. */
const MOST_ROWS_TOGETHER = 12;

/** Sums and the amount in words, kept together on one page, then the notes. */
export function totalsBlock(invoice: CalculatedInvoice, furtherNotes: readonly string[]): Content {
  const notes = [...invoice.notes, ...furtherNotes];
  const sums: Content = {
    unbreakable: invoice.taxGroups.length <= MOST_ROWS_TOGETHER,
    stack: [
      invoice.taxMethod === 'DEDUCTION' ? taxSummary(invoice) : directSummary(invoice),
      {
        text: [
          { text: 'Số tiền viết bằng chữ: ', color: MUTED },
          { text: `${invoice.totals.amountInWords}.`, bold: true, italics: true },
        ],
        margin: [0, 6, 0, 0],
      },
    ],
  };
  return {
    margin: [0, 8, 0, 0],
    stack: [
      sums,
      ...notes.map((text): Content => ({ text: `Ghi chú: ${text}`, fontSize: 8, italics: true, margin: [0, 3, 0, 0] })),
    ],
  };
}

/** One row for each rate, the total in the last. */
function taxSummary({ taxGroups, totals }: CalculatedInvoice): TableContent {
  const head = ['Tổng hợp', 'Tiền trước thuế GTGT', 'Tiền thuế GTGT', 'Cộng tiền thanh toán'].map(headCell);
  const groups = taxGroups.map((group) => [
    { text: describeRate(group.taxRate) },
    ...[group.amount, group.taxAmount, group.amountAfterTax].map(amountCell),
  ]);
  const discount = totals.discount === 0 ? [] : [spread('Trong đó đã trừ chiết khấu', totals.discount)];
  const total = [
    { text: 'Tổng cộng tiền thanh toán', bold: true, color: ACCENT },
    ...[totals.amount, totals.taxAmount, totals.amountAfterTax].map((amount) => strong(amountCell(amount))),
  ];
  return summary([head, ...groups, ...discount, total], 3, 1);
}

/** The direct method shows full amounts, then what the temporary cut takes off. */
function directSummary({ totals }: CalculatedInvoice): TableContent {
  const rows = [
    [{ text: 'Cộng tiền hàng hóa, dịch vụ' }, amountCell(totals.amountBeforeDiscount)],
    ...(totals.discount === 0 ? [] : [[{ text: 'Chiết khấu thương mại' }, amountCell(-totals.discount)]]),
    ...(totals.reduction === 0 ? [] : [[{ text: 'Số tiền được giảm' }, amountCell(-totals.reduction)]]),
    [{ text: 'Tổng cộng tiền thanh toán', bold: true, color: ACCENT }, strong(amountCell(totals.amountAfterTax))],
  ];
  return summary(rows, 1, 0);
}

function summary(body: TableCell[][], amountColumns: number, headerRows: number): TableContent {
  const label = CONTENT_WIDTH - gridExtra(amountColumns + 1, PADDING_X) - amountColumns * AMOUNT_WIDTH;
  const widths = [label, ...Array.from({ length: amountColumns }, () => AMOUNT_WIDTH)];
  return { table: { headerRows, dontBreakRows: true, widths, body }, layout: grid(PADDING_X, 1), fontSize: 8 };
}

function headCell(text: string): TableCell {
  return { text, bold: true, color: ACCENT, alignment: 'center' };
}

function amountCell(amount: number) {
  return { text: formatNumber(amount), alignment: 'right' as const };
}

function strong(cell: ReturnType<typeof amountCell>) {
  return { ...cell, bold: true, fontSize: 9 };
}

function spread(label: string, amount: number): TableCell[] {
  return [{ text: label }, amountCell(amount), { text: '' }, { text: '' }];
}
