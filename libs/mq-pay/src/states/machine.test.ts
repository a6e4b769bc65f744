import { describe, expect, it } from 'vitest';
import { canTransition, checkStateMachine, IllegalTransitionError, sourcesOf, statesOf, transition } from './machine';
import type { StateMachine } from './machine';
import {
  ATTEMPT_MACHINE,
  CHARGEBACK_MACHINE,
  isOpenAttempt,
  OPEN_ATTEMPT_STATUSES,
  REFUND_MACHINE,
  STATE_MACHINES,
  TRANSACTION_MACHINE,
} from './machines';

describe('checkStateMachine', () => {
  it.each(STATE_MACHINES)('accepts the $name machine', (machine) => {
    expect(() => checkStateMachine(machine)).not.toThrow();
    expect(() => checkStateMachine(machine, statesOf(machine))).not.toThrow();
  });

  it.each<[string, Record<string, readonly string[]>, readonly string[], string, readonly string[] | undefined]>([
    ['an unknown initial state', { B: [] }, ['B'], 'initial state A is unknown; B cannot be reached', undefined],
    ['an unknown target', { A: ['B'] }, [], 'A goes to the unknown state B', undefined],
    ['an unreachable state', { A: ['C'], B: ['C'], C: [] }, ['C'], 'B cannot be reached', undefined],
    ['a loop to itself', { A: ['A'] }, [], 'A goes to itself', undefined],
    ['a move twice', { A: ['B', 'B'], B: [] }, ['B'], 'A lists a move twice', undefined],
    ['an end that is not declared', { A: ['B'], B: [] }, [], 'B is an end that is not declared', undefined],
    ['an end that goes on', { A: ['B'], B: ['A'] }, ['B'], 'B is declared an end and goes on', undefined],
    ['an unknown end', { A: ['B'], B: [] }, ['B', 'C'], 'terminal state C is unknown', undefined],
    ['a missing state', { A: ['B'], B: [] }, ['B'], 'C is missing', ['A', 'B', 'C']],
    ['a state too many', { A: ['B'], B: [] }, ['B'], 'B is not expected', ['A']],
    ['everything at once', { A: ['A', 'X'] }, ['A'], 'A goes to itself; A goes to the unknown state X', undefined],
  ])('names %s', (_what, transitions, terminal, faults, expected) => {
    const machine = { name: 'x', initial: 'A', transitions, terminal };
    const check = () => checkStateMachine(machine, expected);
    if (transitions['A']?.length === 2 && terminal.includes('A')) {
      expect(check).toThrow(`state machine x: ${faults}; A is declared an end and goes on`);
    } else {
      expect(check).toThrow(new Error(`state machine x: ${faults}`));
    }
  });

  it('walks further than one step, also in circles', () => {
    const chain = {
      name: 'x',
      initial: 'A',
      transitions: { A: ['B'], B: ['C', 'A'], C: ['D'], D: [] },
      terminal: ['D'],
    };
    expect(() => checkStateMachine(chain)).not.toThrow();
  });
});

/** One line per state: where it may go, and nowhere else. The first line is the initial state. */
const MOVES: readonly (readonly [StateMachine<string>, string])[] = [
  [
    ATTEMPT_MACHINE,
    `100_NEW       204_SENT 302_SUCCESS 500_FAIL 501_EXPIRED 505_CANCELLED 000_UNKNOWN
     204_SENT      302_SUCCESS 500_FAIL 501_EXPIRED 505_CANCELLED 000_UNKNOWN
     000_UNKNOWN   204_SENT 302_SUCCESS 500_FAIL 501_EXPIRED 505_CANCELLED
     302_SUCCESS   507_REVERSED
     500_FAIL      302_SUCCESS
     501_EXPIRED   302_SUCCESS
     505_CANCELLED 302_SUCCESS
     507_REVERSED`,
  ],
  [
    TRANSACTION_MACHINE,
    `100_NEW       300_PARTIAL 304_SETTLED 505_CANCELLED 403_BLOCKED
     300_PARTIAL   304_SETTLED 408_REFUNDED 100_NEW 403_BLOCKED
     304_SETTLED   408_REFUNDED 300_PARTIAL 100_NEW 403_BLOCKED
     403_BLOCKED   100_NEW 300_PARTIAL 304_SETTLED 408_REFUNDED
     408_REFUNDED
     505_CANCELLED`,
  ],
  [
    REFUND_MACHINE,
    `NEW       SENT UNKNOWN
     SENT      SUCCEEDED FAILED UNKNOWN
     UNKNOWN   SUCCEEDED FAILED
     SUCCEEDED
     FAILED    SENT SUCCEEDED`,
  ],
  [
    CHARGEBACK_MACHINE,
    `OPEN      SUBMITTED WON LOST
     SUBMITTED WON LOST
     WON
     LOST`,
  ],
];

/** Every pair of states of every machine, with whether it is a move. */
const MATRIX = MOVES.flatMap(([machine, table]) => {
  const lines = table.split('\n').map((line) => line.trim().split(/ +/));
  const names = lines.map(([from]) => from ?? '');
  return lines.flatMap(([from = '', ...targets]) =>
    names.map((to) => [machine.name, from, to, targets.includes(to), machine] as const),
  );
});

describe('the machines', () => {
  it('are the four of the engine, with exactly the agreed states', () => {
    expect(STATE_MACHINES).toEqual(MOVES.map(([machine]) => machine));
    expect(STATE_MACHINES.map(({ name }) => name)).toEqual(['attempt', 'transaction', 'refund', 'chargeback']);
    expect(STATE_MACHINES.map(({ initial }) => initial)).toEqual(['100_NEW', '100_NEW', 'NEW', 'OPEN']);
    for (const [machine, table] of MOVES) {
      const names = table.split('\n').map((line) => line.trim().split(/ +/)[0]);
      expect([...statesOf(machine)].sort()).toEqual(names.sort());
    }
    expect(MATRIX).toHaveLength(64 + 36 + 25 + 16);
  });

  it.each(MATRIX)('%s: %s → %s is a move: %s', (name, from, to, legal, machine) => {
    expect(canTransition(machine, from, to)).toBe(legal);
    expect(sourcesOf(machine, to).includes(from)).toBe(legal);
    if (legal) expect(transition(machine, from, to)).toBe(to);
    else expect(() => transition(machine, from, to)).toThrow(new IllegalTransitionError(name, from, to));
  });

  it('name an illegal move in the error', () => {
    const error = new IllegalTransitionError('refund', 'UNKNOWN', 'SENT');
    expect(error).toMatchObject({
      name: 'IllegalTransitionError',
      machine: 'refund',
      from: 'UNKNOWN',
      to: 'SENT',
      message: 'refund: UNKNOWN does not go to SENT',
    });
  });

  it('end where nothing leaves', () => {
    expect(STATE_MACHINES.map(({ terminal }) => terminal)).toEqual([
      ['507_REVERSED'],
      ['408_REFUNDED', '505_CANCELLED'],
      ['SUCCEEDED'],
      ['WON', 'LOST'],
    ]);
  });

  it('know which attempts still hold open amount', () => {
    expect(OPEN_ATTEMPT_STATUSES).toEqual(['100_NEW', '204_SENT', '000_UNKNOWN']);
    expect(statesOf(ATTEMPT_MACHINE).filter(isOpenAttempt)).toHaveLength(3);
  });
});
