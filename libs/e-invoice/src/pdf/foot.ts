import type { PageContent } from './layout-types';
import { CONTENT_WIDTH, MARGIN_X, MUTED } from './page';
import type { PrintedInvoice } from './printed-invoice';

const PAGE_NUMBER_WIDTH = 80;
const CHECK_REMINDER = 'Cần kiểm tra, đối chiếu khi lập, giao, nhận hóa đơn';

export const FOOT_SIZE = 7;
export const FOOT_WIDTH = CONTENT_WIDTH - PAGE_NUMBER_WIDTH;

/** At most three lines, each with the member that it prints. */
export function footLines(
  { lookUp }: PrintedInvoice,
  footer: string | undefined,
): readonly { readonly pointer: string; readonly text: string }[] {
  const last = { pointer: '/options/footer', text: footer ?? CHECK_REMINDER };
  if (lookUp === undefined) return [last];
  return [
    { pointer: '/lookUp/url', text: `Tra cứu hóa đơn tại: ${lookUp.url}` },
    { pointer: '/lookUp/code', text: `Mã tra cứu: ${lookUp.code}` },
    last,
  ];
}

/** Where to find the original, and the number of the page, under every page. */
export function pageFoot(document: PrintedInvoice, footer: string | undefined): PageContent {
  const stack = footLines(document, footer).map(({ text }) => text);
  return (page, pages) => ({
    margin: [MARGIN_X, 0, MARGIN_X, 0],
    fontSize: FOOT_SIZE,
    color: MUTED,
    columns: [
      { width: FOOT_WIDTH, stack: [...stack] },
      { width: PAGE_NUMBER_WIDTH, text: `Trang ${page}/${pages}`, alignment: 'right' },
    ],
  });
}
