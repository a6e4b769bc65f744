import { describe, expect, it } from 'vitest';
import { inTurns, median } from '../in-turns';
import { GOALS } from '../goals';
import { outcomeOf, shareOfGoal, type Outcome } from '../outcome';
import { NUMBER, numberedText, withParameters } from '../money/pgbench';
import { chart } from './chart';
import { missedBy, goalTable } from './goal-table';
import { page } from './page';
import { wholeParts } from './whole-parts';

const names = ['checkouts', 'pgbench', 'empty route'];
/** Shares of the lower floor of each round: 0.5, 0.8, 0.4. */
const checkout = (): Outcome =>
  outcomeOf(GOALS.checkout, {
    names,
    figures: [
      [50, 80, 40],
      [100, 400, 100],
      [300, 100, 200],
    ],
  });
const slowCheckout = (): Outcome =>
  outcomeOf(GOALS.checkout, {
    names,
    figures: [
      [30, 30, 30],
      [100, 100, 100],
      [200, 200, 200],
    ],
  });
const push = (figures: number[]): Outcome => outcomeOf(GOALS.push, { names: ['p99'], figures: [figures] });

describe('outcomes', () => {
  it('take the share of the lowest floor within each round, then the median', () => {
    const outcome = checkout();
    expect(outcome).toMatchObject({ achieved: 0.5, lowest: 0.4, highest: 0.8, rounds: 3, met: true });
    expect(outcome.subject).toEqual({ what: 'checkouts', value: 50 });
    expect(outcome.floors).toEqual([
      { what: 'pgbench', value: 100, share: 0.4 },
      { what: 'empty route', value: 200, share: 0.2 },
    ]);
  });

  it('take a figure that must not be passed as it is', () => {
    expect(push([240, 100, 260])).toMatchObject({ achieved: 240, lowest: 100, highest: 260, floors: [], met: true });
    expect(push([251, 251, 251]).met).toBe(false);
  });

  it('take the multiple of the floor where less is better', () => {
    const outcome = outcomeOf(GOALS.connectionHeap, {
      names: ['signal', 'ws'],
      figures: [
        [120, 110],
        [100, 100],
      ],
    });
    expect(outcome).toMatchObject({ achieved: expect.closeTo(1.15, 9), met: true, highest: 1.2 });
    expect(missedBy({ ...outcome, achieved: 1.25 })).toBe('0.10');
    expect(shareOfGoal(outcome, 2.3)).toBeCloseTo(0.5);
  });

  it('are compared with their goals the same way: above 1 is better', () => {
    expect(shareOfGoal(checkout(), 0.9)).toBeCloseTo(2);
    expect(shareOfGoal(push([1]), 125)).toBe(2);
    expect(shareOfGoal(push([1]), 500)).toBe(0.5);
  });
});

describe('turns', () => {
  it('let everybody begin in turn, and forget the first round', async () => {
    const order: string[] = [];
    const contestant = (what: string) => ({
      what,
      run: async (milliseconds: number): Promise<number> => order.push(`${what}${milliseconds}`),
    });
    const figures = await inTurns([contestant('a'), contestant('b')], { rounds: 2, timeMs: 10 });
    expect(order).toEqual(['a5', 'b5', 'a10', 'b10', 'b10', 'a10']);
    expect(figures).toEqual([
      [3, 6],
      [4, 5],
    ]);
  });

  it('have the middle of an odd and of an even number of rounds', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([1, 2, 3, 10])).toBe(2.5);
  });
});

describe('the table', () => {
  it('shows each floor, the ratio and the goal', () => {
    const text = goalTable([checkout(), push([100])]);
    expect(text).toContain(
      '| Checkout: checkouts | 50/s | pgbench: 100/s (0.40)<br>empty route: 200/s (0.20) | 0.50 | 0.40 to 0.80 | ≥ 0.45 × the lowest floor | met |',
    );
    expect(text).toContain(
      '| Payment to push on the POS screen: p99 | 100 ms | none |  | 100 to 100 ms | ≤ 250 ms | met |',
    );
    expect(text).not.toContain('What holds');
  });

  it('says by how much a goal is missed, and what holds it', () => {
    expect(missedBy(slowCheckout())).toBe('0.15');
    expect(missedBy(push([300]))).toBe('50 ms');
    const text = goalTable([slowCheckout()]);
    expect(text).toContain('**missed by 0.15**');
    expect(text).toContain('What holds the figures that miss their goal:\n\n- **Checkout**: ');
  });

  it('says what one unit took of the processors where that was measured', () => {
    const spent = new Map([
      ['payment-api', 2.136],
      ['PostgreSQL', 0.9],
      ['Redis', 0.001],
    ]);
    const text = goalTable([{ ...slowCheckout(), spent }]);
    expect(text).toContain('- **Checkout**: one takes 3.04 ms of the processors (payment-api 2.14, PostgreSQL 0.9). ');
  });
});

describe('the page', () => {
  const report = {
    machine: 'one core',
    measuredAt: '2026-11-21T20:00:59.000Z',
    money: [],
    costs: '',
    signal: '',
    blocks: '',
  };
  const first = page({ ...report, money: [checkout()] }, '');

  it('names machine and time, and leaves out the parts that were never measured', () => {
    expect(first).toContain('## The paths of money\n\nMeasured 2026-11-21 20:00 UTC on one core.\n\n![Figures in');
    expect(first).not.toMatch(/## (Building blocks|The realtime edge)/);
  });

  it('keeps the parts that this run has not measured, with their time, and replaces those that it has', () => {
    const later = { ...report, measuredAt: '2026-12-01T08:30:00.000Z' };
    const second = page({ ...later, signal: 'fan-out' }, first);
    expect(second).toBe(`${first}\n## The realtime edge\n\nMeasured 2026-12-01 08:30 UTC on one core.\n\nfan-out\n`);
    const third = page({ ...later, money: [slowCheckout()] }, second);
    expect(third).toContain('Measured 2026-12-01 08:30 UTC on one core.\n\n![Figures in');
    expect(third).not.toContain('2026-11-21');
    expect(third).toContain('fan-out');
  });
});

describe('the picture', () => {
  const goalLine = (svg: string): number => Number(/<line x1="([\d.]+)"[^>]*stroke-dasharray/.exec(svg)?.[1]);
  const bar = (svg: string): { end: number; fill: string } => {
    const [, x, width, fill = ''] = /<rect x="(\d+)"[^>]*width="([\d.]+)"[^>]*fill="(#\w+)"/.exec(svg) ?? [];
    return { end: Number(x) + Number(width), fill };
  };

  it('ends a bar right of the goal line when the goal is met, and left of it in another colour when it is not', () => {
    const [met, missed] = [chart([checkout()], 'm'), chart([slowCheckout()], 'm')];
    expect(bar(met).end).toBeGreaterThan(goalLine(met));
    expect(bar(missed).end).toBeLessThan(goalLine(missed));
    expect(bar(met).fill).not.toBe(bar(missed).fill);
  });

  it('keeps a bar of many times the goal inside the picture, and text inside its tags', () => {
    const svg = chart([push([1])], 'a < b & "c"');
    expect(bar(svg).end).toBeLessThanOrEqual(Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]));
    expect(svg).toContain('a &lt; b &amp; &quot;c&quot;');
  });
});

describe('a part of the page', () => {
  it('is written when all of it was measured, and kept otherwise', () => {
    const { whole, unwritten } = wholeParts([
      { part: 'money', measured: 2, all: 9 },
      { part: 'blocks', measured: 0, all: 16 },
      { part: 'signal', measured: 4, all: 4 },
    ]);
    expect([...whole]).toEqual(['signal']);
    expect(unwritten).toEqual([expect.stringMatching(/^the page keeps its money: 2 of 9 figures were measured/)]);
  });
});

describe('SQL for pgbench', () => {
  it('has a growing number in the place of the mark, and no colon that would be a variable', () => {
    expect(numberedText(`{"id":"T-${NUMBER}","at":"10:00","a'b":"\\n"}`)).toBe(
      String.raw`(E'{"id"\x3a"T-' || :id || E'","at"\x3a"10\x3a00","a''b"\x3a"\\n"}')`,
    );
  });

  it('puts texts into the places of the parameters, from the last to the first', () => {
    const values = Array.from({ length: 11 }, (_value, at) => `<${at + 1}>`);
    expect(withParameters('$1 $2 $10 $11 $1', values)).toBe('<1> <2> <10> <11> <1>');
    expect(withParameters('$1', ["'$&'"])).toBe("'$&'");
  });
});
