import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REFUND_MACHINE } from '../states/machines';
import { statesOf, transition } from '../states/machine';
import type { RefundStatus } from '../states/machines';
import { applyRefundDecision, decideRefundResult } from './decide-refund-result';
import { attemptOf, itemOf, refundOf, saleOf, transactionOf } from './refund.fixture';
import type { RefundDecision, RefundOutcome, RefundSource, RefundState } from './refund';

/** Counters while 60 of 100 are set aside. */
const reserved = saleOf({ refundReservedMinor: 60n }, { refundReservedMinor: 60n });
const free = saleOf();
const suspense = (refundedMinor: bigint): RefundSource => ({ kind: 'SUSPENSE', item: itemOf({ refundedMinor }) });

/** A decision in one line: moves, try, reserved/refunded/suspense, journal (owner/suspense/buyer), state, ignored, findings. */
function line(decision: RefundDecision): string {
  const { late } = decision;
  const shares = late ? `(${late.fromOwnerMinor}/${late.fromSuspenseMinor}/${late.fromBuyerMinor})` : '';
  return [
    decision.moves.join('→') || '-',
    decision.tryStatus ?? '-',
    `${decision.reservedMinor}/${decision.refundedMinor}/${decision.suspenseRefundedMinor}`,
    `${decision.posting ?? '-'}${shares}`,
    decision.transactionStatus ?? '-',
    decision.ignore ?? '-',
    decision.findings.join(',') || '-',
  ].join(' ');
}

const CASES: readonly (readonly [string, RefundState, RefundSource, number, RefundOutcome, string])[] = [
  ['accepted', refundOf(['NEW']), reserved, 1, 'ACCEPTED', 'SENT SENT 0/0/0 - - - -'],
  ['accepted again', refundOf(['SENT']), reserved, 1, 'ACCEPTED', '- - 0/0/0 - - NO_NEWS -'],
  ['unknown stays unknown', refundOf(['UNKNOWN']), reserved, 1, 'ACCEPTED', '- - 0/0/0 - - NO_NEWS -'],
  ['no answer', refundOf(['NEW']), reserved, 1, 'UNKNOWN', 'UNKNOWN UNKNOWN 0/0/0 - - - -'],
  ['no answer to a sent one', refundOf(['SENT']), reserved, 1, 'UNKNOWN', 'UNKNOWN UNKNOWN 0/0/0 - - - -'],
  ['no answer twice', refundOf(['UNKNOWN']), reserved, 1, 'UNKNOWN', '- - 0/0/0 - - NO_NEWS -'],
  ['no answer after the end', refundOf(['FAILED']), free, 1, 'UNKNOWN', '- - 0/0/0 - - NO_NEWS -'],
  ['done', refundOf(['SENT']), reserved, 1, 'SUCCEEDED', 'SUCCEEDED SUCCEEDED -60/60/0 SUCCEEDED - - -'],
  ['done at once', refundOf(['NEW']), reserved, 1, 'SUCCEEDED', 'SENT→SUCCEEDED SUCCEEDED -60/60/0 SUCCEEDED - - -'],
  [
    'unknown, then done',
    refundOf(['UNKNOWN']),
    reserved,
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED -60/60/0 SUCCEEDED - - -',
  ],
  ['done twice', refundOf(['SUCCEEDED']), free, 1, 'SUCCEEDED', '- - 0/0/0 - - DUPLICATE -'],
  [
    'done, and with it everything',
    refundOf(['SENT']),
    saleOf({ refundedMinor: 40n, refundReservedMinor: 60n }),
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED -60/60/0 SUCCEEDED 408_REFUNDED - -',
  ],
  [
    'everything of a part',
    refundOf(['SENT']),
    saleOf({ status: '300_PARTIAL', paidMinor: 60n, refundReservedMinor: 60n }),
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED -60/60/0 SUCCEEDED 408_REFUNDED - -',
  ],
  [
    'everything of a blocked one',
    refundOf(['SENT']),
    saleOf({ status: '403_BLOCKED', paidMinor: 60n, refundReservedMinor: 60n }),
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED -60/60/0 SUCCEEDED - - -',
  ],
  ['refused', refundOf(['SENT']), reserved, 1, 'REFUSED', 'FAILED FAILED -60/0/0 FAILED - - -'],
  ['refused at once', refundOf(['NEW']), reserved, 1, 'REFUSED', 'SENT→FAILED FAILED -60/0/0 FAILED - - -'],
  ['unknown, then refused', refundOf(['UNKNOWN']), reserved, 1, 'REFUSED', 'FAILED FAILED -60/0/0 FAILED - - -'],
  ['refused twice', refundOf(['FAILED']), free, 1, 'REFUSED', '- - 0/0/0 - - DUPLICATE -'],
  ['refused after success', refundOf(['SUCCEEDED']), free, 1, 'REFUSED', '- - 0/0/0 - - NO_NEWS CONFLICTING_EVIDENCE'],
  [
    'done after all',
    refundOf(['FAILED']),
    free,
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED 0/60/0 SUCCEEDED_AFTER_FAILURE(60/0/0) - - REFUND_SUCCEEDED_AFTER_FAILURE',
  ],
  [
    'done after all, less is left of the sale',
    refundOf(['FAILED']),
    saleOf({ refundedMinor: 30n, refundReservedMinor: 20n, chargedBackMinor: 10n }),
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED 0/40/0 SUCCEEDED_AFTER_FAILURE(40/0/20) - - REFUND_SUCCEEDED_AFTER_FAILURE,BUYER_PAID_TWICE',
  ],
  [
    'done after all, less is left of the attempt',
    refundOf(['FAILED']),
    saleOf({}, { appliedMinor: 50n, refundedMinor: 10n, refundReservedMinor: 5n }),
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED 0/35/0 SUCCEEDED_AFTER_FAILURE(35/0/25) - - REFUND_SUCCEEDED_AFTER_FAILURE,BUYER_PAID_TWICE',
  ],
  [
    'done after all, the payment was taken back',
    refundOf(['FAILED']),
    saleOf({}, { status: '507_REVERSED' }),
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED 0/0/0 SUCCEEDED_AFTER_FAILURE(0/0/60) - - REFUND_SUCCEEDED_AFTER_FAILURE,BUYER_PAID_TWICE',
  ],
  [
    'done after all, and with it everything',
    refundOf(['FAILED']),
    saleOf({ refundedMinor: 40n }, { refundedMinor: 40n }),
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED 0/60/0 SUCCEEDED_AFTER_FAILURE(60/0/0) 408_REFUNDED - REFUND_SUCCEEDED_AFTER_FAILURE',
  ],
  [
    'an earlier try was done while the next is on its way',
    refundOf(['FAILED', 'SENT']),
    reserved,
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED -60/60/0 SUCCEEDED - - REFUND_SUCCEEDED_AFTER_FAILURE',
  ],
  ['and that one fails', refundOf(['SUCCEEDED', 'SENT'], 'SUCCEEDED'), free, 2, 'REFUSED', '- FAILED 0/0/0 - - - -'],
  ['or nobody knows', refundOf(['SUCCEEDED', 'SENT'], 'SUCCEEDED'), free, 2, 'UNKNOWN', '- UNKNOWN 0/0/0 - - - -'],
  [
    'or pays as well',
    refundOf(['SUCCEEDED', 'SENT'], 'SUCCEEDED'),
    saleOf({ refundedMinor: 60n }, { refundedMinor: 60n }),
    2,
    'SUCCEEDED',
    '- SUCCEEDED 0/40/0 SUCCEEDED_AFTER_FAILURE(40/0/20) 408_REFUNDED - REFUND_PAID_TWICE,BUYER_PAID_TWICE',
  ],
  ['of suspense, done', refundOf(['SENT']), suspense(60n), 1, 'SUCCEEDED', 'SUCCEEDED SUCCEEDED 0/0/0 SUCCEEDED - - -'],
  ['of suspense, refused', refundOf(['SENT']), suspense(60n), 1, 'REFUSED', 'FAILED FAILED 0/0/-60 FAILED - - -'],
  [
    'of suspense, done after all',
    refundOf(['FAILED']),
    suspense(70n),
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED 0/0/30 SUCCEEDED_AFTER_FAILURE(0/30/30) - - REFUND_SUCCEEDED_AFTER_FAILURE,BUYER_PAID_TWICE',
  ],
  [
    'of suspense, done after all, everything still there',
    refundOf(['FAILED']),
    suspense(40n),
    1,
    'SUCCEEDED',
    'SUCCEEDED SUCCEEDED 0/0/60 SUCCEEDED_AFTER_FAILURE(0/60/0) - - REFUND_SUCCEEDED_AFTER_FAILURE',
  ],
];

describe('decideRefundResult', () => {
  it.each(CASES)('%s', (_name, refund, source, tryNumber, outcome, expected) => {
    const decision = decideRefundResult(refund, source, { tryNumber, outcome });
    expect(line(decision)).toBe(expected);
    decision.moves.reduce((from, to) => transition(REFUND_MACHINE, from, to), refund.status);
  });

  it('does not say REFUNDED where nothing was paid', () => {
    const none = saleOf({ paidMinor: 0n }, { appliedMinor: 0n });
    const decision = decideRefundResult(refundOf(['FAILED']), none, { tryNumber: 1, outcome: 'SUCCEEDED' });
    expect(decision).not.toHaveProperty('transactionStatus');
  });

  it('refuses a try that does not exist', () => {
    const result = { tryNumber: 2, outcome: 'SUCCEEDED' } as const;
    expect(() => decideRefundResult(refundOf(['SENT']), reserved, result)).toThrow(
      new RangeError('The refund has no try 2.'),
    );
  });
});

describe('applyRefundDecision', () => {
  it('moves the refund to the last state and the try to its own', () => {
    const result = { tryNumber: 1, outcome: 'SUCCEEDED' } as const;
    const before = refundOf(['FAILED', 'SENT']);
    const after = applyRefundDecision(before, decideRefundResult(before, reserved, result), 1);
    expect(after).toEqual(refundOf(['SUCCEEDED', 'SENT'], 'SUCCEEDED'));
    expect(applyRefundDecision(after, decideRefundResult(after, free, result), 1)).toBe(after);
  });
});

describe('a try that begins', () => {
  it('joins the others', () => {
    const begun = {
      ...decideRefundResult(refundOf(['SENT']), reserved, { tryNumber: 1, outcome: 'UNKNOWN' }),
      tryStatus: 'SENT',
    } as const;
    const after = applyRefundDecision(refundOf(['FAILED']), { ...begun, moves: ['SENT'] }, 2);
    expect(after).toEqual(refundOf(['FAILED', 'SENT']));
  });
});

/** The counters of a sale whose refund is settled by outcomes, as the database keeps them. */
function settle(tries: readonly RefundStatus[], outcomes: readonly { tryNumber: number; outcome: RefundOutcome }[]) {
  let refund = refundOf(tries);
  let counters = { reserved: refund.status === 'FAILED' ? 0n : 60n, refunded: 0n, buyer: 0n, journals: 0 };
  for (const result of outcomes) {
    const source: RefundSource = {
      kind: 'SALE',
      transaction: transactionOf({ refundedMinor: counters.refunded, refundReservedMinor: counters.reserved }),
      attempt: attemptOf({ refundedMinor: counters.refunded, refundReservedMinor: counters.reserved }),
    };
    const decision = decideRefundResult(refund, source, result);
    refund = applyRefundDecision(refund, decision, result.tryNumber);
    counters = {
      reserved: counters.reserved + decision.reservedMinor,
      refunded: counters.refunded + decision.refundedMinor,
      buyer: counters.buyer + (decision.late?.fromBuyerMinor ?? 0n),
      journals: counters.journals + (decision.posting === undefined ? 0 : 1),
    };
  }
  return { refund, ...counters };
}

describe('outcomes in any order and number', () => {
  const outcome = fc.record({
    tryNumber: fc.constantFrom(1, 2, 3),
    outcome: fc.constantFrom<RefundOutcome>('ACCEPTED', 'SUCCEEDED', 'UNKNOWN'),
  });
  const known = fc.array(outcome, { maxLength: 6 });

  it('end alike, and give back once for each try that paid', () => {
    fc.assert(
      fc.property(
        known.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
        ),
        fc.constantFrom<RefundStatus>('NEW', 'SENT', 'UNKNOWN', 'FAILED'),
        ([all, shuffled], last) => {
          const start: readonly RefundStatus[] = ['FAILED', 'FAILED', last];
          const paid = new Set(all.filter((each) => each.outcome === 'SUCCEEDED').map((each) => each.tryNumber)).size;
          const one = settle(start, all);
          const other = settle(start, shuffled);
          expect(other.refund.status === 'SUCCEEDED').toBe(paid > 0);
          if (paid > 0) expect(other.refund.status).toBe(one.refund.status);
          for (const end of [one, other]) {
            const open = end.refund.status !== 'SUCCEEDED' && end.refund.status !== 'FAILED';
            expect(end.reserved).toBe(open ? 60n : 0n);
            expect(end.refunded + end.buyer).toBe(60n * BigInt(paid));
            expect(end.refunded).toBe(paid === 0 ? 0n : paid === 1 ? 60n : 100n);
            expect(end.journals).toBe(paid);
          }
        },
      ),
    );
  });

  it('walk only moves of the machine, from every state', () => {
    for (const last of statesOf(REFUND_MACHINE)) {
      for (const each of ['ACCEPTED', 'SUCCEEDED', 'REFUSED', 'UNKNOWN'] as const) {
        const { moves } = decideRefundResult(refundOf([last]), free, { tryNumber: 1, outcome: each });
        expect(() => moves.reduce((from, to) => transition(REFUND_MACHINE, from, to), last)).not.toThrow();
      }
    }
  });
});
