import { describe, expect, it } from 'vitest';
import { FrequentStatements } from './frequent-statements';

/** The name that a text is sent under at each of so many times. */
const namesOf = (text: string, times: number, frequent = new FrequentStatements(), params: unknown[] = [1]) =>
  Array.from({ length: times }, () => frequent.configOf(text, params).name);

describe('frequent statements', () => {
  it('get a name at the fifth time, and keep it', () => {
    const first = 'frequent-1';
    expect(namesOf('SELECT $1', 7)).toEqual([undefined, undefined, undefined, undefined, first, first, first]);
  });

  it.each([
    ['INSERT INTO a (b) VALUES ($1)', true],
    ['\n  with x AS (SELECT 1) SELECT b FROM x WHERE b = $1', true],
    ['UPDATE a SET b = b * $1', true],
    ["DELETE FROM a WHERE b < now() - $1 * interval '1 ms'", true],
    ['SELECT count(*) FROM a WHERE b = $1', true],
    ["SET LOCAL lock_timeout = '1s'", false],
    ['LOCK TABLE a', false],
    ['SELECT * FROM a WHERE b = $1', false],
    ['SELECT b, * FROM a WHERE b = $1', false],
    ['SELECT a.* FROM a WHERE b = $1', false],
    ['UPDATE a SET b = $1 RETURNING *', false],
    ['SELECT b FROM a WHERE ($1::text IS NULL OR b = $1)', false],
    ['SELECT b FROM a WHERE $1 is null OR b = $1', false],
    ['SELECT b FROM a WHERE b IS NULL AND c = $1', true],
  ])('%s: %s', (text, named) => {
    expect(namesOf(text, 6).at(-1) !== undefined).toBe(named);
  });

  it('without parameters have none: several may stand in one text', () => {
    expect(namesOf('SELECT 1; SELECT 2', 9, undefined, []).filter(Boolean)).toEqual([]);
  });

  it('have 256 names at the most, each for one text', () => {
    const frequent = new FrequentStatements();
    const names = Array.from({ length: 300 }, (_, n) => namesOf(`SELECT $1, ${n}`, 5, frequent).at(-1));
    expect(new Set(names.slice(0, 256)).size).toBe(256);
    expect(names.slice(256).filter(Boolean)).toEqual([]);
    expect(namesOf('SELECT $1, 7', 1, frequent)).toEqual([names[7]]);
  });

  it('are told from texts that come once, however many of those come', () => {
    const frequent = new FrequentStatements();
    const often = Array.from({ length: 5 }, (_, time) => {
      for (let n = 0; n < 400; n += 1) frequent.configOf(`SELECT $1, ${time}, ${n}`, [1]);
      return frequent.configOf('SELECT $1', [1]).name;
    });
    expect(often.at(-1)).toBe('frequent-1');
  });
});
