import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BoundStatements } from './bound-statements';

const message = (type: string, ...parts: (string | Buffer)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(`${part}\0`) : part)));
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
};
const startup = message('', Buffer.from([0, 3, 0, 0]), 'user', 'nx', '');
const parse = (name: string, text: string): Buffer => message('P', name, text, Buffer.from([0, 0]));
const bind = (name: string): Buffer => message('B', '', name, Buffer.from([0, 0, 0, 0, 0, 0]));
const query = (text: string): Buffer => message('Q', text);

describe('what is executed under a name', () => {
  it('is read wherever the chunks end', () => {
    const sent = [
      ...[startup, query('BEGIN'), parse('a', 'INSERT ữ'), bind('a'), parse('', 'SELECT B'), bind('')],
      ...[parse('b', 'UPDATE'), bind('b'), bind('a'), bind('unknown'), query('COMMIT')],
    ];
    const whole = Buffer.concat(sent);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: whole.length }), { maxLength: 12 }), (cuts) => {
        const statements = new BoundStatements();
        const ends = [0, ...cuts.toSorted((left, right) => left - right), whole.length];
        const bound = ends.slice(1).flatMap((end, index) => statements.read(whole.subarray(ends[index], end)));
        expect(bound).toEqual(['INSERT ữ', 'UPDATE', 'INSERT ữ']);
      }),
    );
  });
});
