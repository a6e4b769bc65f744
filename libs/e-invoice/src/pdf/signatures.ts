import type { Content } from 'pdfmake';
import type { ColumnContent, TableContent } from './layout-types';
import { CONTENT_WIDTH, MUTED, SIGNED_GREEN } from './page';
import type { InvoiceCopy, PrintedInvoice, PrintedSignature } from './printed-invoice';
import { formatInstant } from '../vietnamese-format';

const GAP = 10;

/** Places for buyer, seller and, on a paper copy, the person who made it; signatures as they are in the file. */
export function signatureBlock(document: PrintedInvoice, copy: InvoiceCopy): Content {
  const blocks: Content[][] = [
    [...caption('Người mua hàng', '(Chữ ký số, nếu có)')],
    ...(copy.kind === 'CONVERTED'
      ? [[...caption('Người chuyển đổi', '(Ký, ghi rõ họ tên)'), nameLine(copy.convertedBy)]]
      : []),
    ...(document.authoritySignature === undefined
      ? []
      : [[...caption('Cơ quan thuế', '(Chữ ký số)'), signed(document.authoritySignature)]]),
    [
      ...caption('Người bán hàng', '(Chữ ký số, nếu có)'),
      ...(document.sellerSignature === undefined ? [] : [signed(document.sellerSignature)]),
    ],
  ];
  const width = Math.floor((CONTENT_WIDTH - (blocks.length - 1) * GAP) / blocks.length);
  const columns = blocks.map((stack): ColumnContent => ({ width, stack }));
  return { unbreakable: true, margin: [0, 14, 0, 0], columnGap: GAP, columns };
}

function caption(title: string, hint: string): Content[] {
  return [
    { text: title, bold: true, alignment: 'center' },
    { text: hint, italics: true, fontSize: 8, color: MUTED, alignment: 'center' },
  ];
}

function nameLine(name: string): Content {
  return { text: name, alignment: 'center', bold: true, margin: [0, 34, 0, 0] };
}

function signed({ signer, signedAt }: PrintedSignature): TableContent {
  return {
    margin: [6, 6, 6, 0],
    table: {
      widths: ['*'],
      body: [
        [
          {
            stack: [
              { text: '✔ Đã ký điện tử', bold: true, color: SIGNED_GREEN },
              { text: `Ký bởi: ${signer}`, color: SIGNED_GREEN },
              { text: `Ký lúc: ${formatInstant(signedAt)}`, color: SIGNED_GREEN },
            ],
            fontSize: 8,
          },
        ],
      ],
    },
    layout: {
      hLineColor: () => SIGNED_GREEN,
      vLineColor: () => SIGNED_GREEN,
      hLineWidth: () => 1,
      vLineWidth: () => 1,
      paddingTop: () => 4,
      paddingBottom: () => 4,
      paddingLeft: () => 6,
      paddingRight: () => 6,
    },
  };
}
