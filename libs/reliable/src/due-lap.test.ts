import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueLap } from './due-lap';

interface Row {
  readonly due: number;
  readonly id: number;
}

const SIZE = 4;
/** A table of due rows that a page is read from as a sweeper's statement does. */
const lapOver = (table: Row[]): DueLap<Row> =>
  new DueLap<Row>(SIZE, (until, after) =>
    Promise.resolve(
      table
        .filter((row) => row.due <= until.getTime())
        .filter((row) => after === undefined || row.due > after.due || (row.due === after.due && row.id > after.id))
        .toSorted((left, right) => left.due - right.due || left.id - right.id)
        .slice(0, SIZE),
    ),
  );

describe('a lap over what is due', () => {
  it('passes a healthy row among any number that stay due, and ends whatever becomes due meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 40 }),
        fc.nat({ max: 40 }),
        fc.nat({ max: 9 }),
        async (before, behind, newPerRound) => {
          const stuck = (count: number, due: number): Row[] =>
            Array.from({ length: count }, (_, index) => ({ due, id: due * 1000 + index }));
          const healthy = { due: 2, id: 2999 };
          const table = [...stuck(before, 1), healthy, ...stuck(behind, 3)];
          const lap = lapOver(table);
          const most = Math.ceil((before + 1) / SIZE);
          let now = 10;
          for (let round = 1; round <= most; round += 1) {
            const page = await lap.next(new Date(now));
            if (page.includes(healthy)) return;
            now += 1;
            table.push(...stuck(newPerRound, now));
          }
          expect.unreachable('the healthy row had no turn');
        },
      ),
    );
  });

  it('gives each row one turn per lap and then begins anew', async () => {
    const table = Array.from({ length: SIZE * 2 + 1 }, (_, id) => ({ due: 1, id }));
    const lap = lapOver(table);
    const rounds: number[][] = [];
    for (let round = 0; round < 6; round += 1) rounds.push((await lap.next(new Date(1))).map(({ id }) => id));
    expect(rounds[0]).toEqual([0, 1, 2, 3]);
    expect(rounds.slice(0, 3).flat()).toEqual(table.map(({ id }) => id));
    expect(rounds.slice(3)).toEqual(rounds.slice(0, 3));
  });

  it('asks again for a page that could not be read', async () => {
    let away = true;
    const lap = new DueLap<number>(1, (_until, after) =>
      away && after === 1 ? Promise.reject(new Error('away')) : Promise.resolve([(after ?? 0) + 1]),
    );
    expect(await lap.next(new Date(0))).toEqual([1]);
    await expect(lap.next(new Date(0))).rejects.toThrow('away');
    away = false;
    expect(await lap.next(new Date(0))).toEqual([2]);
  });
});
