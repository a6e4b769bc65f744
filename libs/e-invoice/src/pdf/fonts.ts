import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { readTrueType } from './true-type';
import type { GlyphTable } from './true-type';

/** Bytes of whole TrueType files: one cut to a subset loses letters of Vietnamese. */
export interface InvoiceFonts {
  readonly regular: Uint8Array;
  readonly bold: Uint8Array;
  readonly italic: Uint8Array;
  readonly boldItalic: Uint8Array;
}

/** What the four files have in common, so that a text can be printed in any of them. */
export interface FontMetrics {
  readonly has: (codePoint: number) => boolean;
  /** In thousandths of the font size, of the bold face, which is the widest. */
  readonly widthOf: (text: string) => number;
}

/**
 * The four faces of DejaVu Sans Condensed from the package dejavu-fonts-ttf, 2.6 MB; keep them and render with them as
 * often as you like. Found from the running file, so that a bundle finds them as well as the sources do.
 */
export async function loadInvoiceFonts(): Promise<InvoiceFonts> {
  const require = createRequire(__filename);
  const [regular, bold, italic, boldItalic] = await Promise.all([
    readFile(require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf')),
    readFile(require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Bold.ttf')),
    readFile(require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-Oblique.ttf')),
    readFile(require.resolve('dejavu-fonts-ttf/ttf/DejaVuSansCondensed-BoldOblique.ttf')),
  ]);
  return { regular, bold, italic, boldItalic };
}

const KNOWN = new WeakMap<InvoiceFonts, FontMetrics>();

/** Read once for each set of fonts. Throws a TypeError for a file that is no TrueType font. */
export function metricsOf(fonts: InvoiceFonts): FontMetrics {
  const known = KNOWN.get(fonts);
  if (known !== undefined) return known;
  const bold = readTrueType(fonts.bold);
  const all: readonly GlyphTable[] = [
    bold,
    readTrueType(fonts.regular),
    readTrueType(fonts.italic),
    readTrueType(fonts.boldItalic),
  ];
  const metrics = { has: (code: number) => all.every((face) => face.has(code)), widthOf: bold.widthOf };
  KNOWN.set(fonts, metrics);
  return metrics;
}
