import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AnswerFormatError,
  codeMember,
  elementsOf,
  membersOf,
  parseJsonAnswer,
  remark,
  textMember,
} from './answer-format';

const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('parseJsonAnswer', () => {
  it.each([
    ['{"a":1}', { a: 1 }],
    ['[]', []],
    ['"]]]]]]]]]]]]]]]]]]]]"', ']]]]]]]]]]]]]]]]]]]]'],
    [String.raw`"\"[[[[[[[[[[[[[[[[[[[[[["`, '"[[[[[[[[[[[[[[[[[[[[[['],
  ])('reads %s', (text, value) => {
    expect(parseJsonAnswer(text)).toEqual(value);
  });
  it.each([
    ['<html>', 'is no JSON'],
    ['', 'is no JSON'],
    ['{"a":1', 'is no JSON'],
    ['[['.repeat(20), 'nests deeper than 16'],
    ['{"a":'.repeat(17), 'nests deeper than 16'],
  ])('refuses %s', (text, reason) => {
    expect(thrown(() => parseJsonAnswer(text))).toMatchObject({ name: 'AnswerFormatError', pointer: '', reason });
  });
  it('counts siblings as one level and allows exactly the limit', () => {
    expect(parseJsonAnswer('[[],[],[],{}]', { maxLength: 99, maxDepth: 2 })).toEqual([[], [], [], {}]);
    expect(thrown(() => parseJsonAnswer('[[]]', { maxLength: 99, maxDepth: 1 }))).toBeInstanceOf(AnswerFormatError);
    expect(parseJsonAnswer('"ab"', { maxLength: 4, maxDepth: 1 })).toBe('ab');
    expect(thrown(() => parseJsonAnswer('"abc"', { maxLength: 4, maxDepth: 1 }, '/data'))).toMatchObject({
      pointer: '/data',
      reason: 'has more than 4 units',
    });
  });
  it('does not quote what it could not read', () => {
    expect(String(thrown(() => parseJsonAnswer('{"token":"s3cr3t"')))).not.toContain('s3cr3t');
  });
  it('gives a value or its own error for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constantFrom('{', '[', '"', '\\')), (text) => {
        const result = thrown(() => parseJsonAnswer(text));
        expect(!(result instanceof Error) || result instanceof AnswerFormatError).toBe(true);
      }),
    );
  });
});

describe('members', () => {
  it.each([[null], [[]], ['x'], [1], [undefined]])('%j is no object', (value) => {
    expect(thrown(() => membersOf(value, '/at'))).toMatchObject({ pointer: '/at', reason: 'is no object' });
  });
  it('reads own members only', () => {
    expect(textMember({}, 'constructor')).toBeUndefined();
    expect(codeMember({}, 'toString')).toBeUndefined();
  });
  it.each([
    [{ a: 'x ' }, 'x '],
    [{ a: null }, undefined],
    [{}, undefined],
  ])('reads the text of %j as it stands', (members, text) => {
    expect(textMember(members, 'a')).toBe(text);
  });
  it.each([[1], [true], [{}], [[]]])('refuses the text %j', (a) => {
    expect(thrown(() => textMember({ a }, 'a', '/p'))).toMatchObject({ pointer: '/p/a', reason: 'is no text' });
  });
  it('limits texts', () => {
    expect(textMember({ a: 'xx' }, 'a', '', 2)).toBe('xx');
    expect(thrown(() => textMember({ a: 'xxx' }, 'a', '', 2))).toMatchObject({ reason: 'has more than 2 units' });
  });
  it.each([
    [{ c: 404 }, '404'],
    [{ c: '00' }, '00'],
    [{ c: null }, undefined],
  ])('reads the code of %j', (members, code) => {
    expect(codeMember(members, 'c')).toBe(code);
  });
  it.each([[1.5], [2 ** 53], [true]])('refuses the code %j', (c) => {
    expect(thrown(() => codeMember({ c }, 'c'))).toMatchObject({ pointer: '/c' });
  });
  it('limits lists', () => {
    expect(elementsOf([1, 2], '/l', 2)).toEqual([1, 2]);
    expect(thrown(() => elementsOf([1, 2, 3], '/l', 2))).toMatchObject({ reason: 'has more than 2 elements' });
    expect(thrown(() => elementsOf({}, '/l', 2))).toMatchObject({ reason: 'is no list' });
  });
  it('takes remarks from anything', () => {
    expect([remark(' x '), remark(5), remark('xyz', 2)]).toEqual(['x', '', 'xy']);
  });
});
