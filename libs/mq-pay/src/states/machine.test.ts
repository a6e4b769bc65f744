import { describe, expect, it } from 'vitest';
import { canTransition, checkStateMachine, sourcesOf, statesOf } from './machine';
import { ATTEMPT_MACHINE, isOpenAttempt, REFUND_MACHINE, STATE_MACHINES, TRANSACTION_MACHINE } from './machines';

describe('checkStateMachine', () => {
  it.each(STATE_MACHINES)('accepts the $name machine', (machine) => {
    expect(() => checkStateMachine(machine)).not.toThrow();
  });

  it.each([
    ['an unknown initial state', { name: 'x', initial: 'C', transitions: { A: [] } }, 'initial state C is unknown'],
    ['an unknown target', { name: 'x', initial: 'A', transitions: { A: ['B'] } }, 'A goes to the unknown state B'],
    ['an unreachable state', { name: 'x', initial: 'A', transitions: { A: [], B: ['A'] } }, 'B cannot be reached'],
    ['a loop to itself', { name: 'x', initial: 'A', transitions: { A: ['A'] } }, 'A goes to itself'],
    ['a move twice', { name: 'x', initial: 'A', transitions: { A: ['B', 'B'], B: [] } }, 'A lists a move twice'],
  ])('names %s', (_what, machine, message) => {
    expect(() => checkStateMachine(machine)).toThrow(message);
  });
});

/** One line per state: where it may go, and nowhere else. */
const ATTEMPT_MOVES = `
100_NEW       204_SENT 302_SUCCESS 500_FAIL 501_EXPIRED 505_CANCELLED 000_UNKNOWN
204_SENT      302_SUCCESS 500_FAIL 501_EXPIRED 505_CANCELLED 000_UNKNOWN
000_UNKNOWN   204_SENT 302_SUCCESS 500_FAIL 501_EXPIRED 505_CANCELLED
302_SUCCESS   507_REVERSED
500_FAIL      302_SUCCESS
501_EXPIRED   302_SUCCESS
505_CANCELLED 302_SUCCESS
507_REVERSED`;

describe('the attempt machine', () => {
  it('has exactly the agreed moves', () => {
    const moves = ATTEMPT_MOVES.trim()
      .split('\n')
      .map((line) => line.trim().split(/ +/));
    expect(moves.map(([from]) => from)).toEqual(expect.arrayContaining([...statesOf(ATTEMPT_MACHINE)]));
    for (const [from, ...targets] of moves) {
      for (const to of statesOf(ATTEMPT_MACHINE)) {
        const state = statesOf(ATTEMPT_MACHINE).find((candidate) => candidate === from);
        expect([from, to, state && canTransition(ATTEMPT_MACHINE, state, to)]).toEqual([
          from,
          to,
          targets.includes(to),
        ]);
      }
    }
  });

  it('lists the sources that a guarded update may change', () => {
    expect(sourcesOf(ATTEMPT_MACHINE, '507_REVERSED')).toEqual(['302_SUCCESS']);
    expect([...sourcesOf(ATTEMPT_MACHINE, '302_SUCCESS')].sort()).toEqual([
      '000_UNKNOWN',
      '100_NEW',
      '204_SENT',
      '500_FAIL',
      '501_EXPIRED',
      '505_CANCELLED',
    ]);
    expect(statesOf(ATTEMPT_MACHINE).filter(isOpenAttempt).sort()).toEqual(['000_UNKNOWN', '100_NEW', '204_SENT']);
  });
});

describe('the other machines', () => {
  it('never leave a cancelled or refunded transaction, and block every other', () => {
    expect(TRANSACTION_MACHINE.transitions['408_REFUNDED']).toEqual([]);
    expect(TRANSACTION_MACHINE.transitions['505_CANCELLED']).toEqual([]);
    expect([...sourcesOf(TRANSACTION_MACHINE, '403_BLOCKED')].sort()).toEqual([
      '100_NEW',
      '300_PARTIAL',
      '304_SETTLED',
    ]);
    expect(sourcesOf(TRANSACTION_MACHINE, '505_CANCELLED')).toEqual(['100_NEW']);
  });

  it('send a refund again only when it is proven to have failed', () => {
    expect(sourcesOf(REFUND_MACHINE, 'SENT')).toEqual(['NEW', 'FAILED']);
    expect(canTransition(REFUND_MACHINE, 'UNKNOWN', 'SENT')).toBe(false);
  });
});
