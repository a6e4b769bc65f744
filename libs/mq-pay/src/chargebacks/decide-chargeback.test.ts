import { describe, expect, it } from 'vitest';
import { transactionOf } from '../refunds/refund.fixture';
import { CHARGEBACK_MACHINE } from '../states/machines';
import { statesOf } from '../states/machine';
import { decideChargebackMove, decideChargebackOpening } from './decide-chargeback';

const contested = { status: '302_SUCCESS', appliedMinor: 100n, contestedMinor: 0n } as const;

describe('decideChargebackOpening', () => {
  it.each([
    ['the whole payment', {}, contested, 100n, '100'],
    ['a part', {}, contested, 1n, '1'],
    ['more than was paid', {}, contested, 101n, 'MORE_THAN_PAID'],
    ['what is not contested yet', {}, { ...contested, contestedMinor: 40n }, 60n, '60'],
    ['what is contested already', {}, { ...contested, contestedMinor: 40n }, 61n, 'MORE_THAN_PAID'],
    ['money that was never applied', {}, { ...contested, appliedMinor: 0n }, 1n, 'NOTHING_TO_CONTEST'],
    ['a payment that was taken back', {}, { ...contested, status: '507_REVERSED' }, 1n, 'NOTHING_TO_CONTEST'],
    ['after a refund', { refundedMinor: 1n }, contested, 100n, '100 CHARGEBACK_AFTER_REFUND'],
    ['during a refund', { refundReservedMinor: 1n }, contested, 100n, '100 CHARGEBACK_AFTER_REFUND'],
  ] as const)('%s', (_name, transaction, attempt, amountMinor, expected) => {
    const opening = decideChargebackOpening(transactionOf(transaction), attempt, amountMinor);
    const said = opening.accepted ? [opening.chargedBackMinor, ...opening.findings].join(' ') : opening.problem;
    expect(said).toBe(expected);
  });

  it('refuses the amount 0', () => {
    expect(() => decideChargebackOpening(transactionOf(), contested, 0n)).toThrow(
      new RangeError('A chargeback is about more than nothing.'),
    );
  });
});

/** One line per state: what each next state does (change of charged_back, journal), is ignored, or contradicts. */
const MOVES = `
OPEN      SUBMITTED 0 -      WON -60 WON   LOST 0 LOST
SUBMITTED SUBMITTED IGNORED  WON -60 WON   LOST 0 LOST
WON       SUBMITTED IGNORED  WON IGNORED   LOST CONFLICT
LOST      SUBMITTED IGNORED  WON CONFLICT  LOST IGNORED`;

describe('decideChargebackMove', () => {
  const rows = MOVES.trim()
    .split('\n')
    .flatMap((text) => {
      const [from = '', ...cells] = text.trim().split(/ {2,}| (?=SUBMITTED)/);
      return cells.map((cell) => [from, cell] as const);
    });

  it('covers every state and every next one', () => {
    expect(rows).toHaveLength(statesOf(CHARGEBACK_MACHINE).length * 3);
  });

  it.each(rows)('%s: %s', (from, cell) => {
    const status = statesOf(CHARGEBACK_MACHINE).find((state) => state === from);
    const [to, effect, journal] = cell.split(' ');
    if (status === undefined || (to !== 'SUBMITTED' && to !== 'WON' && to !== 'LOST')) throw new Error(cell);
    const ignored = { ignore: 'DUPLICATE', chargedBackMinor: 0n };
    expect(decideChargebackMove({ status, amountMinor: 60n }, to)).toEqual(
      effect === 'IGNORED'
        ? { ...ignored, findings: [] }
        : effect === 'CONFLICT'
          ? { ...ignored, findings: ['CONFLICTING_EVIDENCE'] }
          : {
              status: to,
              chargedBackMinor: BigInt(effect ?? ''),
              findings: [],
              ...(journal === '-' ? {} : { posting: journal }),
            },
    );
  });
});
