import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../test/vectors/emv.json';
import vnpay from '../../../../test/vectors/vnpay.json';
import { crc16CcittFalse } from './crc16';
import { buildEmv, EmvError, findEmv, parseEmv, parseTemplate } from './emv';
import type { EmvInput, EmvNode } from './emv';
import { checkVnpayQr } from './vnpay-profile';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const asInput = (node: EmvNode): EmvInput =>
  node.children === undefined
    ? { id: node.id, value: node.value }
    : { id: node.id, children: node.children.map(asInput) };

describe('crc16CcittFalse', () => {
  it('gives the published check value', () => {
    expect(crc16CcittFalse(bytes(vectors.crc.text)).toString(16).toUpperCase()).toBe(vectors.crc.crc);
  });
});

describe('parseEmv and buildEmv', () => {
  it.each(vectors.valid)('reads and writes %s', (text) => {
    const nodes = parseEmv(text);
    expect(buildEmv(nodes.filter((node) => node.id !== '63').map(asInput))).toBe(text);
  });

  it.each(vectors.crcRightButLengthsWrong)('refuses %s although its CRC is right', (text) => {
    expect(() => parseEmv(text)).toThrow(EmvError);
  });

  it('reads templates, and templates within values on demand', () => {
    const nodes = parseEmv(vectors.valid[0] ?? '');
    expect(findEmv(nodes, '38', '00')).toBe('A000000727');
    expect(findEmv(parseTemplate(findEmv(nodes, '38', '01') ?? ''), '00')).toBe('970416');
    expect(findEmv(nodes, '62', '08')).toBeUndefined();
  });

  const build = (...nodes: EmvInput[]): string => buildEmv([{ id: '00', value: '01' }, ...nodes]);
  const resealed = (head: string): string =>
    `${head}6304${crc16CcittFalse(bytes(`${head}6304`))
      .toString(16)
      .toUpperCase()
      .padStart(4, '0')}`;

  it.each([
    ['nothing', ''],
    ['a wrong CRC', `${build({ id: '58', value: 'VN' }).slice(0, -4)}0000`],
    ['a lower-case CRC', (vectors.valid[0] ?? '').replace(/AE9F$/, 'ae9f')],
    ['no format indicator', resealed('5802VN')],
    ['another format', resealed('0002025802VN')],
    ['an id twice', resealed('0002015802VN5802VN')],
    ['an empty object', resealed('0002015800')],
    ['a length that is no number', resealed('00020158+2VN')],
    ['a template of noise', resealed('000201620412XY')],
    ['a tail after the CRC', `${build({ id: '58', value: 'VN' })}5802VN`],
  ])('refuses %s', (_what, text) => {
    expect(() => parseEmv(text)).toThrow(EmvError);
  });

  it('counts characters in lengths and bytes in the CRC', () => {
    const text = build({ id: '59', value: 'Quán Đậu 🍜' });
    expect(text.slice(6, 10)).toBe('5910');
    expect(findEmv(parseEmv(text), '59')).toBe('Quán Đậu 🍜');
  });

  it('refuses to write what cannot be read again', () => {
    expect(() => build({ id: '63', value: '0000' })).toThrow(EmvError);
    expect(() => build({ id: '59', value: 'x'.repeat(100) })).toThrow(EmvError);
    expect(() => build({ id: '59', value: '' })).toThrow(EmvError);
    expect(() => build({ id: '5', value: 'x' })).toThrow(EmvError);
    expect(() => build({ id: '58', value: 'VN' }, { id: '58', value: 'VN' })).toThrow(EmvError);
  });

  it('writes what it reads, for any tree', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 9 });
    const leaves = (ids: readonly string[]) =>
      fc.uniqueArray(fc.record({ id: fc.constantFrom(...ids), value }), { selector: (leaf) => leaf.id });
    const tree = fc.record({
      leaves: leaves(['01', '15', '52', '53', '54', '58', '59', '60']),
      templates: fc.uniqueArray(
        fc.record({
          id: fc.constantFrom('26', '38', '51', '62', '64'),
          children: leaves(['00', '01', '02', '07', '08']),
        }),
        { selector: (template) => template.id },
      ),
    });
    fc.assert(
      fc.property(tree, ({ leaves: flat, templates }) => {
        const fits = templates.filter(({ children }) => {
          const length = children.reduce((sum, child) => sum + 4 + Array.from(child.value).length, 0);
          return length > 0 && length <= 99;
        });
        const input: EmvInput[] = [{ id: '00', value: '01' }, ...flat, ...fits];
        const text = buildEmv(input);
        expect(parseEmv(text).slice(0, -1).map(asInput)).toEqual(input);
      }),
    );
  });

  it('notices any single changed character', () => {
    const text = vectors.valid[3] ?? '';
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0123456789ABCXYZ'), (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        if (changed !== text) expect(() => parseEmv(changed)).toThrow(EmvError);
      }),
    );
  });
});

describe('checkVnpayQr', () => {
  const data = vnpay.qrMms.createResponse[0]?.data ?? '';
  const expected = { merchantCode: '88888888', amountMinor: 100_000n, billNumber: 'VNP_TEST888' };

  it('accepts the vendor’s sample', () => {
    expect(checkVnpayQr(data, expected)).toEqual([]);
  });

  it.each([
    ['merchant', { ...expected, merchantCode: '88888889' }],
    ['amount', { ...expected, amountMinor: 100_001n }],
    ['bill', { ...expected, billNumber: 'VNP_TEST889' }],
  ])('names another %s', (word, wanted) => {
    expect(checkVnpayQr(data, wanted).join()).toContain(word);
  });

  it('names noise and foreign schemes', () => {
    expect(checkVnpayQr('noise', expected)).toHaveLength(1);
    expect(checkVnpayQr(vectors.valid[0] ?? '', expected)).toContain('The merchant account is not VNPAY’s.');
  });
});
