import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadInvoiceFonts, metricsOf } from './fonts';
import type { InvoiceFonts } from './fonts';
import { readTrueType } from './true-type';

let fonts: InvoiceFonts;
beforeAll(async () => {
  fonts = await loadInvoiceFonts();
});

describe('readTrueType', () => {
  it('knows what the font has', () => {
    const { has } = readTrueType(fonts.regular);
    const letters = [...'AzĐđệỹƯượ0₫–“✔'].map((char) => char.codePointAt(0) ?? 0);
    expect(letters.filter((code) => !has(code))).toEqual([]);
    // Behind the basic plane, where only format 12 reaches: a mathematical letter it has, a drink it has not.
    expect([0x1d538, 0x1f9cb, 0x4e2d, 0xffff, 0].map(has)).toEqual([true, false, false, false, false]);
  });

  it('knows how wide characters are', () => {
    const { widthOf } = readTrueType(fonts.regular);
    // DejaVu Sans Condensed 2.37: 1172 of 2048 units for a digit, 585 for a full stop.
    expect(widthOf('0')).toBe(573);
    expect(widthOf('.')).toBe(286);
    expect(widthOf('0123456789')).toBe(Math.ceil((11_720 * 1000) / 2048));
    expect(widthOf('')).toBe(0);
  });

  it('reads format 4 as well as format 12', () => {
    const basicOnly = Buffer.from(fonts.regular);
    const cmap = tableOffset(basicOnly, 'cmap');
    for (let index = 0; index < basicOnly.readUInt16BE(cmap + 2); index += 1) {
      const table = cmap + basicOnly.readUInt32BE(cmap + 4 + index * 8 + 4);
      // A table of a format that nobody knows is passed over.
      if (basicOnly.readUInt16BE(table) === 12) basicOnly.writeUInt16BE(99, table);
    }
    const basic = readTrueType(basicOnly);
    const full = readTrueType(fonts.regular);
    const differing = Array.from({ length: 0xffff }, (_, code) => code).filter(
      (code) => basic.has(code) !== full.has(code),
    );
    expect(differing).toEqual([]);
    expect(basic.widthOf('Hóa đơn 0123')).toBe(full.widthOf('Hóa đơn 0123'));
    expect(basic.has(0x1d538)).toBe(false);
  });

  it('refuses what is no font, cut off or damaged, as a TypeError and nothing else', () => {
    expect(() => readTrueType(new Uint8Array())).toThrow(new TypeError('the font is cut off or damaged'));
    expect(() => readTrueType(Buffer.from('OTTO0000000000000000'))).toThrow('the font is no TrueType file');
    expect(() => readTrueType(Buffer.from([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))).toThrow('the font has no table cmap');
    const start = fc.constant(Buffer.from(fonts.italic.subarray(0, 2_000)));
    const damaged = fc.tuple(start, fc.array(fc.tuple(fc.nat(1_999), fc.nat(255)), { minLength: 1, maxLength: 20 }));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged.map(withChanges)), (bytes) => {
        try {
          readTrueType(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      }),
    );
  });

  it('takes for a set of faces what all four have', () => {
    const { has, widthOf } = metricsOf(fonts);
    expect(has(0x1ec7)).toBe(true);
    // Arabic letters stand in the upright faces only.
    const alef = 0x627;
    const faces = [fonts.regular, fonts.bold, fonts.italic, fonts.boldItalic];
    expect(faces.map((face) => readTrueType(face).has(alef))).toEqual([true, true, false, false]);
    expect(has(alef)).toBe(false);
    expect(widthOf('0')).toBe(readTrueType(fonts.bold).widthOf('0'));
    expect(metricsOf(fonts)).toBe(metricsOf(fonts));
  });
});

function tableOffset(font: Buffer, tag: string): number {
  for (let index = 0; index < font.readUInt16BE(4); index += 1) {
    const entry = 12 + index * 16;
    if (font.toString('latin1', entry, entry + 4) === tag) return font.readUInt32BE(entry + 8);
  }
  throw new Error(`no table ${tag}`);
}

function withChanges([bytes, changes]: [Buffer, [number, number][]]): Buffer {
  const changed = Buffer.from(bytes);
  for (const [at, value] of changes) changed[at] = value;
  return changed;
}
