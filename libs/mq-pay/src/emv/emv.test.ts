import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../test/vectors/emv.json';
import vnpay from '../../../../test/vectors/vnpay.json';
import { crc16CcittFalse } from './crc16';
import { buildEmv, findEmv, parseEmv, parseTemplate } from './emv';
import type { EmvInput, EmvNode } from './emv';
import { EmvError } from './emv-error';
import { anyText, refusal, sealed } from './emv.fixture';

const PUBLISHED = [...vectors.valid, vnpay.qrMms.createResponse[0]?.data ?? ''];
const sample = vectors.valid[3] ?? '';

const asInput = (node: EmvNode): EmvInput =>
  node.children === undefined
    ? { id: node.id, value: node.value }
    : { id: node.id, children: node.children.map(asInput) };
const build = (...nodes: EmvInput[]): string => buildEmv([{ id: '00', value: '01' }, ...nodes]);

describe('crc16CcittFalse', () => {
  it('gives the published check value, and its start for nothing', () => {
    const crc = crc16CcittFalse(new TextEncoder().encode(vectors.crc.text));
    expect(crc.toString(16).toUpperCase()).toBe(vectors.crc.crc);
    expect(vectors.crc.crc).toBe('29B1');
    expect(crc16CcittFalse(new Uint8Array())).toBe(0xffff);
  });
});

describe('parseEmv', () => {
  it.each(PUBLISHED)('reads %s, and what it read is written alike', (text) => {
    expect(buildEmv(parseEmv(text).slice(0, -1).map(asInput))).toBe(text);
  });

  it.each(vectors.crcRightButLengthsWrong)('refuses %s although its CRC is right', (text) => {
    // The account says 12 characters and has 13, so what follows within 38.01 is no object.
    expect(refusal(() => parseEmv(text))).toEqual({ path: '38.01', reason: 'BAD_ID' });
  });

  it('reads templates, and VietQR’s template within its template', () => {
    const nodes = parseEmv(vectors.valid[0] ?? '');
    expect(findEmv(nodes, '38', '00')).toBe('A000000727');
    expect(findEmv(nodes, '38', '01')).toBe('000697041601092576788590208QRIBFTTA'.slice(0, 23));
    expect(findEmv(nodes, '38', '01', '00')).toBe('970416');
    expect(findEmv(nodes, '38', '01', '01')).toBe('257678859');
    expect(findEmv(nodes, '62', '08')).toBeUndefined();
    expect(findEmv(nodes)).toBeUndefined();
  });

  it('takes 01 for a template in NAPAS’ scheme alone', () => {
    const plain = parseEmv(
      build({
        id: '26',
        children: [
          { id: '00', value: 'A000000775' },
          { id: '01', value: 'no objects' },
        ],
      }),
    );
    expect(plain[1]?.children?.[1]).toEqual({ id: '01', value: 'no objects' });
    expect(findEmv(parseEmv(build({ id: '80', value: '046' })), '80')).toBe('046');
  });

  it.each([
    ['nothing', '', '00', 'FORMAT_INDICATOR'],
    ['a wrong CRC', `${sealed('0002015802VN').slice(0, -4)}0000`, '63', 'CRC_MISMATCH'],
    ['a lower-case CRC', (vectors.valid[0] ?? '').replace(/AE9F$/, 'ae9f'), '63', 'CRC_FORM'],
    ['a CRC of three digits', '0002016303AAA', '63', 'CRC_FORM'],
    ['no CRC', '0002015802VN', '63', 'CRC_FORM'],
    ['no format indicator', sealed('5802VN'), '00', 'FORMAT_INDICATOR'],
    ['another format', sealed('0002025802VN'), '00', 'FORMAT_INDICATOR'],
    ['the format indicator second', sealed('5802VN000201'), '00', 'FORMAT_INDICATOR'],
    ['an id twice', sealed('0002015802VN5802VN'), '58', 'DUPLICATE_ID'],
    ['a label twice', sealed('00020162120102220102AB'), '62.01', 'DUPLICATE_ID'],
    ['the CRC twice', sealed('0002016304AAAA'), '63', 'DUPLICATE_ID'],
    ['an empty object', sealed('0002015800'), '58', 'BAD_LENGTH'],
    ['a length that is no number', sealed('00020158+2VN'), '58', 'BAD_LENGTH'],
    ['an id that is no number', sealed('000201A802VN'), '', 'BAD_ID'],
    ['a template of noise', sealed('000201620412XY'), '62.12', 'BAD_LENGTH'],
    ['a bad length deep inside', sealed('00020138220010A00000072701040001'), '38.01.00', 'CUT_OFF'],
    ['a cut value', '0002015899VN', '58', 'CUT_OFF'],
    ['a cut head', '0002015', '', 'BAD_ID'],
    ['a tail after the CRC', `${sealed('0002015802VN')}5902XY`, '63', 'CRC_FORM'],
    ['a tail of one character', `${sealed('0002015802VN')} `, '', 'BAD_ID'],
    ['half a letter', sealed('0002015801\ud83d'), '', 'NOT_UNICODE'],
    ['a flood', '0'.repeat(2_954), '', 'TOO_LONG'],
    ['a flood of bytes', 'ế'.repeat(985), '', 'TOO_LONG'],
  ])('refuses %s', (_what, text, path, reason) => {
    expect(refusal(() => parseEmv(text))).toEqual({ path, reason });
  });

  it('takes a text as large as a QR picture holds', () => {
    const filler = Array.from({ length: 28 }, (_unused, index) => `${index + 70}99${'x'.repeat(99)}`).join('');
    const text = sealed(`000201${filler}9947${'x'.repeat(47)}`);
    expect(text).toHaveLength(2_949);
    expect(parseEmv(text)).toHaveLength(31);
    expect(refusal(() => parseEmv(sealed(`000201${filler}9952${'x'.repeat(52)}`)))).toEqual({
      path: '',
      reason: 'TOO_LONG',
    });
  });

  it('says where and why in words', () => {
    expect(() => parseEmv(sealed('0002015802VN5802VN'))).toThrow('Object 58: occurs twice');
    expect(() => parseEmv(sealed('000201A802VN'))).toThrow(/^no id at character 6$/);
  });

  it('gives nodes or its own error for any text', () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ unit: fc.constantFrom('0', '1', '2', '6', '3', '4', 'A', 'é'), maxLength: 60 }),
      fc.string({ unit: fc.constantFrom('0', '1', '2', '6', '3', '4', 'A', 'é'), maxLength: 60 }).map(sealed),
    );
    fc.assert(
      fc.property(noise, (text) => {
        try {
          expect(sealed(parseEmv(text).slice(0, -1).map(written).join(''))).toBe(text);
        } catch (error) {
          expect(error).toBeInstanceOf(EmvError);
        }
      }),
    );
  });
});

const written = ({ id, value }: EmvNode): string => `${id}${String(Array.from(value).length).padStart(2, '0')}${value}`;

describe('parseTemplate', () => {
  it('reads one level and names the way to it', () => {
    const nodes = parseTemplate('00069704160109257678859', '38.01');
    expect(nodes.map(({ id, value }) => [id, value])).toEqual([
      ['00', '970416'],
      ['01', '257678859'],
    ]);
    expect(refusal(() => parseTemplate('000697', '38.01'))).toEqual({ path: '38.01.00', reason: 'CUT_OFF' });
    expect(refusal(() => parseTemplate('000697'))).toEqual({ path: '00', reason: 'CUT_OFF' });
    expect(parseTemplate('6203abc')).toEqual([{ id: '62', value: 'abc' }]);
    expect(refusal(() => parseTemplate('x'.repeat(3_000)))).toEqual({ path: '', reason: 'TOO_LONG' });
  });
});

describe('buildEmv', () => {
  it('counts characters in lengths and bytes in the CRC', () => {
    const text = build({ id: '59', value: 'Quán Đậu 🍜' });
    expect(text.slice(6, 10)).toBe('5910');
    expect(findEmv(parseEmv(text), '59')).toBe('Quán Đậu 🍜');
  });

  const deep = (levels: number): EmvInput =>
    levels === 0 ? { id: '00', value: 'x' } : { id: '80', children: [deep(levels - 1)] };
  it.each<[string, readonly EmvInput[], string, string]>([
    ['a CRC', [{ id: '63', value: '0000' }], '63', 'CRC_FORM'],
    ['a long value', [{ id: '59', value: 'x'.repeat(100) }], '59', 'BAD_LENGTH'],
    ['an empty value', [{ id: '59', value: '' }], '59', 'BAD_LENGTH'],
    ['an empty template', [{ id: '62', children: [] }], '62', 'BAD_LENGTH'],
    ['a short id', [{ id: '5', value: 'x' }], '', 'BAD_ID'],
    ['a long id', [{ id: '580', value: 'x' }], '', 'BAD_ID'],
    ['a bad id in a template', [{ id: '62', children: [{ id: 'AA', value: 'x' }] }], '62', 'BAD_ID'],
    ['a long label', [{ id: '62', children: [{ id: '08', value: 'x'.repeat(100) }] }], '62.08', 'BAD_LENGTH'],
    [
      'an id twice',
      [
        { id: '58', value: 'VN' },
        { id: '58', value: 'VN' },
      ],
      '58',
      'DUPLICATE_ID',
    ],
    ['a template of noise', [{ id: '62', value: 'noise' }], '62', 'BAD_ID'],
    ['a second format indicator', [{ id: '00', value: '01' }], '00', 'DUPLICATE_ID'],
    ['half a letter', [{ id: '59', value: '\udc00' }], '', 'NOT_UNICODE'],
    ['too many levels', [deep(3)], '80.80.80', 'TOO_DEEP'],
  ])('refuses %s', (_what, nodes, path, reason) => {
    expect(refusal(() => build(...nodes))).toEqual({ path, reason });
  });

  it('writes three levels', () => {
    expect(build(deep(2))).toBe(sealed('000201800980050001x'));
  });

  it('wants the format indicator first', () => {
    expect(refusal(() => buildEmv([{ id: '58', value: 'VN' }])).path).toBe('00');
    expect(refusal(() => buildEmv([])).path).toBe('00');
  });

  it('writes what it reads, for any tree', () => {
    const value = anyText(12);
    const leaves = (ids: readonly string[]) =>
      fc.uniqueArray(fc.record({ id: fc.constantFrom(...ids), value }), { selector: (leaf) => leaf.id });
    const tree = fc.record({
      leaves: leaves(['01', '15', '52', '53', '54', '58', '59', '60', '80', '99']),
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
});

describe('a damaged code', () => {
  const ascii = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
  const code = fc.constantFrom(...PUBLISHED);

  it('is always refused when one character or two neighbours have changed', () => {
    // CRC-16 finds every burst of up to 16 bits: two neighbouring characters of ASCII.
    fc.assert(
      fc.property(code, fc.nat(), ascii, ascii, fc.boolean(), (text, place, first, second, both) => {
        const at = place % (text.length - 1);
        const changed = text.slice(0, at) + first + (both ? second : text.charAt(at + 1)) + text.slice(at + 2);
        if (changed !== text) expect(() => parseEmv(changed)).toThrow(EmvError);
      }),
    );
  });

  it('is refused at every place where a character is another digit or letter', () => {
    for (let at = 0; at < sample.length; at += 1) {
      for (const character of '0189AFZ') {
        const changed = sample.slice(0, at) + character + sample.slice(at + 1);
        if (changed !== sample) expect(() => parseEmv(changed), `${at} ${character}`).toThrow(EmvError);
      }
    }
  });

  it('is refused, or at least not taken for the same, when characters are lost, added or swapped', () => {
    const damage = fc.tuple(fc.nat(), fc.nat(3), fc.string({ unit: 'grapheme', maxLength: 3 }));
    fc.assert(
      fc.property(code, damage, (text, [place, lost, added]) => {
        const at = place % text.length;
        const changed = text.slice(0, at) + added + text.slice(at + lost);
        if (changed === text) return;
        try {
          expect(parseEmv(changed)).not.toEqual(parseEmv(text));
        } catch (error) {
          expect(error).toBeInstanceOf(EmvError);
        }
      }),
    );
  });
});
