import { createHash } from 'node:crypto';
import type { Content } from 'pdfmake';
import type { Definition, FontFaces, PageContent, Watermark } from './layout-types';
import { parseSymbol } from '../series/symbol';
import { metricsOf } from './fonts';
import type { FontMetrics, InvoiceFonts } from './fonts';
import { pageFoot } from './foot';
import { heading, runningHead } from './heading';
import { lineTable } from './line-table';
import { frame, INK, MARGIN_BOTTOM, MARGIN_TOP, MARGIN_X, MUTED, NUMBER_RED, separator } from './page';
import { buyerBlock, sellerBlock } from './parties';
import { makePrintable } from './printable';
import type { InvoicePdfOptions, PrintedInvoice } from './printed-invoice';
import { signatureBlock } from './signatures';
import { totalsBlock } from './totals';

/** Files that the renderer may see: in memory, and nothing else. */
interface MemoryFiles {
  readonly virtualfs: {
    existsSync(name: string): boolean;
    writeFileSync(name: string, bytes: Uint8Array): void;
  };
}

const FAMILY = 'invoice';
/** Across the page from corner to corner, within the frame. */
const WATERMARK_LENGTH = 740;
const MAX_WATERMARK_SIZE = 96;

/**
 * Draws an invoice on A4 pages, as sellers in Vietnam know it. Amounts are taken from the calculation and never computed
 * here. The same document and options make the same bytes. Nothing is read from disk or network.
 * Throws UnprintableInvoiceError for what cannot be printed, and a TypeError for a font that is none.
 */
export async function renderInvoicePdf(given: PrintedInvoice, options: InvoicePdfOptions): Promise<Uint8Array> {
  const metrics = metricsOf(options.fonts);
  const printable = makePrintable(given, options, metrics);
  const { document } = printable;
  const copy = printable.options.copy ?? { kind: 'REPRESENTATION' };
  const content: Content[] = [
    ...heading(document, copy, printable.options.qrText),
    separator(8, 6),
    sellerBlock(document.seller),
    separator(6, 6),
    buyerBlock(document.buyer, document.paymentMethod),
    { text: 'Đơn vị tính tiền: Đồng (VND)', alignment: 'right', italics: true, fontSize: 8, margin: [0, 4, 0, 3] },
    lineTable(document.invoice, metrics),
    totalsBlock(document.invoice, document.notes ?? []),
    signatureBlock(document, copy),
  ];
  const watermark = watermarkOf(document, metrics);
  return draw(options.fonts, {
    pageSize: 'A4',
    pageMargins: [MARGIN_X, MARGIN_TOP, MARGIN_X, MARGIN_BOTTOM],
    language: 'vi-VN',
    info: { title: runningHead(document), creationDate: options.createdAt, modDate: options.createdAt },
    defaultStyle: { font: FAMILY, fontSize: 9, color: INK },
    background: frame,
    header: pageHead(document),
    footer: pageFoot(document, printable.options.footer),
    content,
    ...(watermark === undefined ? {} : { watermark }),
  });
}

/** What nobody may overlook: an invoice that is none yet, or none any more. */
function watermarkOf(document: PrintedInvoice, metrics: FontMetrics): Watermark | undefined {
  const text = warningOf(document);
  if (text === undefined) return undefined;
  const fontSize = Math.min(MAX_WATERMARK_SIZE, Math.floor((WATERMARK_LENGTH * 1000) / metrics.widthOf(text)));
  return { text, color: NUMBER_RED, opacity: 14 / 100, bold: true, angle: -52, fontSize };
}

function warningOf({ number, fate, symbol, authorityCode }: PrintedInvoice): string | undefined {
  if (number === undefined) return 'BẢN NHÁP – CHƯA CÓ GIÁ TRỊ';
  if (fate === 'REPLACED') return 'ĐÃ BỊ THAY THẾ';
  const uncoded = parseSymbol(symbol)?.hasCqtCode === true && authorityCode === undefined;
  if (uncoded) return 'CHƯA CÓ MÃ CỦA CƠ QUAN THUẾ';
  return fate === 'ADJUSTED' ? 'ĐÃ BỊ ĐIỀU CHỈNH' : undefined;
}

function pageHead(document: PrintedInvoice): PageContent {
  const text = runningHead(document);
  return (page, pages) => {
    if (page === 1) return null;
    const line = `${text} – tiếp theo trang trước – trang ${page}/${pages}`;
    return {
      text: line,
      alignment: 'center',
      italics: true,
      fontSize: 7,
      color: MUTED,
      margin: [MARGIN_X, 29, MARGIN_X, 0],
    };
  };
}

/**
 * The renderer is one object of its package with settings for all; they are set and read before anything is awaited, so
 * that two renderings at the same time do not meet.
 */
async function draw(fonts: InvoiceFonts, definition: Definition): Promise<Uint8Array> {
  // The renderer takes 27 MB and a fifth of a second: who never draws does not load it.
  const { default: pdfmake } = await import('pdfmake');
  pdfmake.setLocalAccessPolicy(() => false);
  pdfmake.setUrlAccessPolicy(() => false);
  pdfmake.setFonts({ [FAMILY]: facesOf(fonts, pdfmake as unknown as MemoryFiles) });
  return pdfmake.createPdf(definition).getBuffer();
}

const NAMES = new WeakMap<InvoiceFonts, FontFaces>();

/** Names under which the faces lie in the renderer's memory: of their content, so that equal faces lie there once. */
function facesOf(fonts: InvoiceFonts, { virtualfs }: MemoryFiles): FontFaces {
  const known = NAMES.get(fonts);
  if (known !== undefined) return known;
  const name = (bytes: Uint8Array): string => {
    const file = `invoice-fonts/${createHash('sha256').update(bytes).digest('hex')}.ttf`;
    if (!virtualfs.existsSync(file)) virtualfs.writeFileSync(file, Buffer.from(bytes));
    return file;
  };
  const { regular, bold, italic, boldItalic } = fonts;
  const faces = { normal: name(regular), bold: name(bold), italics: name(italic), bolditalics: name(boldItalic) };
  NAMES.set(fonts, faces);
  return faces;
}
