/** What a TrueType file says about its characters: which it has, and how wide they are. */
export interface GlyphTable {
  readonly has: (codePoint: number) => boolean;
  /** Width of a text in thousandths of the font size, without kerning. */
  readonly widthOf: (text: string) => number;
}

const UNICODE_PLATFORM = 0;
const WINDOWS_PLATFORM = 3;

/**
 * Reads the tables cmap (formats 4 and 12), hhea, hmtx and head of a TrueType file, as ISO/IEC 14496-22 lays them out.
 * Throws a TypeError for a file that is none.
 */
export function readTrueType(bytes: Uint8Array): GlyphTable {
  try {
    return parse(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    // Offsets of a damaged file point behind its end.
    if (error instanceof RangeError) throw new TypeError('the font is cut off or damaged', { cause: error });
    throw error;
  }
}

function parse(view: DataView): GlyphTable {
  const version = view.getUint32(0);
  if (version !== 0x00010000 && version !== 0x74727565) throw new TypeError('the font is no TrueType file');
  const tables = new Map<string, number>();
  for (let index = 0; index < view.getUint16(4); index += 1) {
    const entry = 12 + index * 16;
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(entry + byte)));
    tables.set(tag, view.getUint32(entry + 8));
  }
  const offsetOf = (tag: string): number => {
    const offset = tables.get(tag);
    if (offset === undefined) throw new TypeError(`the font has no table ${tag}`);
    return offset;
  };
  const glyphs = readCharacterMap(view, offsetOf('cmap'));
  const unitsPerEm = view.getUint16(offsetOf('head') + 18);
  const metrics = view.getUint16(offsetOf('hhea') + 34);
  const widths = offsetOf('hmtx');
  if (unitsPerEm === 0 || metrics === 0) throw new TypeError('the font has no widths');
  const widthOfGlyph = (glyph: number): number => view.getUint16(widths + Math.min(glyph, metrics - 1) * 4);
  return {
    has: (codePoint) => glyphs.has(codePoint),
    widthOf: (text) => {
      const units = [...text].reduce((sum, char) => sum + widthOfGlyph(glyphs.get(char.codePointAt(0) ?? 0) ?? 0), 0);
      return Math.ceil((units * 1000) / unitsPerEm);
    },
  };
}

/** Character to glyph, of the widest Unicode table that the file has. */
function readCharacterMap(view: DataView, cmap: number): Map<number, number> {
  const offsets = Array.from({ length: view.getUint16(cmap + 2) }, (_, index) => cmap + 4 + index * 8)
    .filter((entry) => [UNICODE_PLATFORM, WINDOWS_PLATFORM].includes(view.getUint16(entry)))
    .map((entry) => cmap + view.getUint32(entry + 4));
  const full = offsets.find((offset) => view.getUint16(offset) === 12);
  if (full !== undefined) return readFormat12(view, full);
  const basic = offsets.find((offset) => view.getUint16(offset) === 4);
  if (basic !== undefined) return readFormat4(view, basic);
  throw new TypeError('the font has no Unicode character map');
}

function readFormat12(view: DataView, table: number): Map<number, number> {
  const glyphs = new Map<number, number>();
  for (let group = 0; group < view.getUint32(table + 12); group += 1) {
    const entry = table + 16 + group * 12;
    const first = view.getUint32(entry);
    const last = view.getUint32(entry + 4);
    if (last > 0x10ffff) throw new TypeError('the font maps characters outside Unicode');
    for (let code = first; code <= last; code += 1) add(glyphs, code, view.getUint32(entry + 8) + code - first);
  }
  return glyphs;
}

function readFormat4(view: DataView, table: number): Map<number, number> {
  const glyphs = new Map<number, number>();
  const doubled = view.getUint16(table + 6);
  for (let segment = 0; segment < doubled; segment += 2) {
    const last = view.getUint16(table + 14 + segment);
    const first = view.getUint16(table + 16 + doubled + segment);
    const delta = view.getUint16(table + 16 + 2 * doubled + segment);
    const rangeEntry = table + 16 + 3 * doubled + segment;
    const range = view.getUint16(rangeEntry);
    for (let code = first; code <= last && code < 0xffff; code += 1) {
      const raw = range === 0 ? code : view.getUint16(rangeEntry + range + (code - first) * 2);
      add(glyphs, code, range !== 0 && raw === 0 ? 0 : (raw + delta) & 0xffff);
    }
  }
  return glyphs;
}

/** Glyph 0 is the box for what is missing. */
function add(glyphs: Map<number, number>, code: number, glyph: number): void {
  if (glyph !== 0) glyphs.set(code, glyph);
}
