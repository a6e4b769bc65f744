import type { Pool } from 'pg';
import { AT_ONCE } from './measurement';

/** The prepared statement of the commit with this number; numbers are never used twice. */
export type Insert = (number: number) => { name: string; text: string; values: unknown[] };

/** Work of a contestant: one statement per commit, over as many connections as are in use everywhere. */
export function commits(pool: Pool, insert: Insert, from = 0): (milliseconds: number) => Promise<number> {
  let number = from;
  const one = async (end: number): Promise<number> => {
    let done = 0;
    while (performance.now() < end) {
      await pool.query(insert((number += 1)));
      done += 1;
    }
    return done;
  };
  return async (milliseconds) => {
    const begin = performance.now();
    const done = await Promise.all(Array.from({ length: AT_ONCE }, () => one(begin + milliseconds)));
    return done.reduce((sum, part) => sum + part, 0) / ((performance.now() - begin) / 1000);
  };
}
