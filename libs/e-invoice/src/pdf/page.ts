import type { CustomTableLayout } from 'pdfmake';
import type { PageBackground } from './layout-types';

/** All lengths are points, 1/72 inch. */
export const PAGE_WIDTH = 595;
export const PAGE_HEIGHT = 842;
export const MARGIN_X = 36;
export const MARGIN_TOP = 43;
export const MARGIN_BOTTOM = 57;
export const CONTENT_WIDTH = PAGE_WIDTH - 2 * MARGIN_X;

const FRAME_GAP = 12;

export const INK = '#1c1c1c';
export const MUTED = '#5a6068';
export const ACCENT = '#123f73';
export const NUMBER_RED = '#b3201f';
export const RULE = '#9fb0c4';
const HEADER_FILL = '#e6eef7';
const TOTAL_FILL = '#f3f6fa';
export const SIGNED_GREEN = '#1d7a3e';

const HAIRLINE = 1 / 2;
const CELL_PADDING_Y = 5 / 2;

/** A thin frame inside a thicker one, around every page. */
export const frame: PageBackground = () => ({
  canvas: [framed(MARGIN_X - FRAME_GAP, 1, ACCENT), framed(MARGIN_X - FRAME_GAP + 3, HAIRLINE, RULE)],
});

function framed(inset: number, lineWidth: number, lineColor: string) {
  const size = { w: PAGE_WIDTH - 2 * inset, h: PAGE_HEIGHT - 2 * inset };
  return { type: 'rect' as const, x: inset, y: inset, ...size, lineWidth, lineColor };
}

/** All lines drawn, first `headerRows` filled, last `totalRows` lightly. */
export function grid(paddingX: number, totalRows = 0): CustomTableLayout {
  return {
    hLineWidth: () => HAIRLINE,
    vLineWidth: () => HAIRLINE,
    hLineColor: () => RULE,
    vLineColor: () => RULE,
    paddingLeft: () => paddingX,
    paddingRight: () => paddingX,
    paddingTop: () => CELL_PADDING_Y,
    paddingBottom: () => CELL_PADDING_Y,
    fillColor: (row, node) => {
      if (row < (node.table.headerRows ?? 0)) return HEADER_FILL;
      return row >= node.table.body.length - totalRows ? TOTAL_FILL : null;
    },
  };
}

/** What `grid` adds to the widths of its columns. */
export function gridExtra(columns: number, paddingX: number): number {
  return columns * 2 * paddingX + Math.ceil((columns + 1) * HAIRLINE);
}

/** A rule across the page. */
export const separator = (above: number, below: number) => ({
  canvas: [{ type: 'line' as const, x1: 0, y1: 0, x2: CONTENT_WIDTH, y2: 0, lineWidth: HAIRLINE, lineColor: RULE }],
  margin: [0, above, 0, below] as [number, number, number, number],
});
