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

const FACES = {
  regular: 'DejaVuSansCondensed.ttf',
  bold: 'DejaVuSansCondensed-Bold.ttf',
  italic: 'DejaVuSansCondensed-Oblique.ttf',
  boldItalic: 'DejaVuSansCondensed-BoldOblique.ttf',
};

/**
 * The four faces of DejaVu Sans Condensed from the package dejavu-fonts-ttf, 2.6 MB; keep them and render with them as
 * often as you like. Found from the running file, so that a bundle finds them as well as the sources do.
 */
export async function loadInvoiceFonts(): Promise<InvoiceFonts> {
  const { resolve } = createRequire(__filename);
  const face = (file: string): Promise<Uint8Array> => readFile(resolve(`dejavu-fonts-ttf/ttf/${file}`));
  const [regular, bold, italic, boldItalic] = await Promise.all([
    face(FACES.regular),
    face(FACES.bold),
    face(FACES.italic),
    face(FACES.boldItalic),
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
