import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseWholeAmount, WireObject } from './wire-json';

describe('WireObject', () => {
  it('keeps numbers as they were written', () => {
    const message = WireObject.parse('{"a":100000,"b":1.50,"c":12345678901234567890,"d":"x","e":null,"f":"","g":true}');
    expect(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name) => message?.text(name))).toEqual([
      '100000',
      '1.50',
      '12345678901234567890',
      'x',
      '',
      '',
      '',
      '',
    ]);
    expect(['a', 'd', 'e', 'f', 'h'].map((name) => message?.scalar(name))).toEqual([
      '100000',
      'x',
      null,
      '',
      undefined,
    ]);
    expect(() => message?.scalar('g')).toThrow(new TypeError('g is neither a text nor a number'));
  });

  it('reads an object within', () => {
    const message = WireObject.parse('{"data":{"txnId":"A"},"list":[1],"text":"x","nothing":null}');
    expect(message?.object('data')?.text('txnId')).toBe('A');
    for (const name of ['list', 'text', 'nothing', 'absent', 'toString']) expect(message?.object(name)).toBeNull();
  });

  it.each([
    ['nothing', ''],
    ['a text', '"x"'],
    ['a number', '5'],
    ['null', 'null'],
    ['a list', '[{}]'],
    ['a tail', '{} x'],
    ['a member with two values', '{"a":1,"a":2}'],
    ['a comment', '{"a":1}//'],
    ['a deep nest', `{"a":${'['.repeat(60_000)}`],
    ['a flood', `{"a":"${'x'.repeat(65_529)}"}`],
  ])('reads nothing from %s', (_what, text) => {
    expect(WireObject.parse(text)).toBeNull();
  });

  it('reads up to 64 Ki characters', () => {
    expect(WireObject.parse(`{"a":"${'x'.repeat(65_528)}"}`)?.text('a')).toHaveLength(65_528);
  });

  it('is not fooled by names of the language', () => {
    const message = WireObject.parse('{"__proto__":{"code":"00"},"constructor":"c"}');
    expect(message?.text('code')).toBe('');
    expect(message?.scalar('toString')).toBeUndefined();
    expect(message?.text('constructor')).toBe('c');
  });

  it('reads every JSON object, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        let known: unknown = null;
        try {
          known = JSON.parse(text);
        } catch {
          known = null;
        }
        const isObject = typeof known === 'object' && known !== null && !Array.isArray(known);
        expect(WireObject.parse(text) !== null).toBe(isObject);
      }),
    );
  });
});

describe('parseWholeAmount', () => {
  it.each([
    ['0', 0n],
    ['1', 1n],
    ['100000', 100_000n],
    ['100000.0', 100_000n],
    ['100000.00', 100_000n],
    ['999999999999999', 999_999_999_999_999n],
  ])('reads %s', (text, amount) => {
    expect(parseWholeAmount(text)).toBe(amount);
  });

  it.each([
    '',
    '007',
    '00',
    '01.00',
    ' 1',
    '1 ',
    '-1',
    '+1',
    '1.',
    '1.5',
    '1.000',
    '1e5',
    '0x1',
    '1,000',
    '1000000000000000',
    '١',
  ])('refuses %j', (text) => {
    expect(parseWholeAmount(text)).toBeNull();
  });
});
