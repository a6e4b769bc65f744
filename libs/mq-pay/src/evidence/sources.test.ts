import { describe, expect, it } from 'vitest';
import { applyDecision } from './apply-decision';
import { decideAttempt } from './decide';
import type { Decision, PaymentState } from './decision';
import type { Evidence, EvidenceSource, Verdict } from './evidence';
import { AFTER_END, asked, EXPIRES_AT, paid, reversed, stateOf } from './evidence.fixture';
import { fold } from './merge';

const VERDICTS: readonly Verdict[] = ['PAID', 'DECLINED', 'NOT_FOUND', 'PENDING', 'IN_DOUBT', 'NO_ANSWER', 'REVERSED'];
const NOTHING = { appliedMinor: 0n, suspenseMinor: 0n, settles: false, findings: [] };
const unknown = stateOf({ status: '000_UNKNOWN' });
const success = fold(stateOf(), [paid()]).state;

const said = (source: EvidenceSource, verdict: Verdict, change: Partial<Evidence> = {}): Evidence => ({
  ...asked(),
  source,
  verdict,
  providerReference: 'R1',
  amountMinor: 100n,
  finalStatus: '500_FAIL',
  ...change,
});

describe('the return URL', () => {
  it.each(VERDICTS)('proves nothing, also when it says %s and is signed', (verdict) => {
    for (const state of [stateOf(), unknown, success]) {
      const decision = decideAttempt(state, said('RETURN', verdict, { signed: true, paidAtMs: 1 }));
      expect(decision).toEqual({ ...NOTHING, ignore: 'NOT_PROOF' });
    }
  });
});

describe('a callback that nobody signed', () => {
  it.each(VERDICTS)('changes nothing when it says %s', (verdict) => {
    const decision = decideAttempt(stateOf(), said('IPN', verdict));
    expect(decision.ignore).toBe('NOT_PROOF');
    expect(decision).not.toHaveProperty('attemptStatus');
    expect(decision.findings).toEqual(verdict === 'PAID' ? ['UNSIGNED_SUCCESS'] : []);
  });
});

describe('counter money', () => {
  const counter = (change: Partial<Evidence> = {}): Evidence => paid({ source: 'COUNTER', signed: false, ...change });
  const refused = { ...NOTHING, ignore: 'NOT_APPLICABLE' };

  it('is applied whole, and once', () => {
    const decision = decideAttempt(stateOf(), counter());
    expect(decision).toMatchObject({
      attemptStatus: '302_SUCCESS',
      appliedMinor: 100n,
      suspenseMinor: 0n,
      settles: true,
    });
    expect(decideAttempt(success, counter())).toEqual({ ...NOTHING, ignore: 'DUPLICATE' });
  });

  it.each<[string, PaymentState, Evidence]>([
    ['less is due', stateOf({}, { status: '300_PARTIAL', paidMinor: 1n }), counter()],
    ['nothing is due', stateOf({}, { status: '304_SETTLED', paidMinor: 100n }), counter()],
    ['the amount is another', stateOf(), counter({ amountMinor: 99n })],
    ['the attempt has ended', stateOf({ status: '501_EXPIRED' }), counter()],
    ['the attempt was cancelled', stateOf({ status: '505_CANCELLED' }), counter()],
    ['the attempt was paid', success, counter({ providerReference: 'R2' })],
    ['it comes late', stateOf(), counter({ paidAtMs: AFTER_END })],
    ['the transaction is blocked', stateOf({}, { status: '403_BLOCKED' }), counter()],
    ['the transaction is cancelled', stateOf({}, { status: '505_CANCELLED' }), counter()],
  ])('is refused and not recorded where %s', (_why, state, evidence) => {
    expect(decideAttempt(state, evidence)).toEqual(refused);
  });

  it.each(VERDICTS.filter((verdict) => verdict !== 'PAID'))('has nothing to say about %s', (verdict) => {
    const decision = decideAttempt(stateOf(), said('COUNTER', verdict));
    expect(decision).toEqual({ ...NOTHING, ignore: 'NOT_PROOF' });
  });
});

/** What final and other negatives do to an open attempt: source, signed, final, trusted, asked after the end. */
const NEGATIVES: readonly (readonly [string, Partial<Evidence>, string])[] = [
  [
    'gateway 24, signed',
    { source: 'IPN', signed: true, finalStatus: '505_CANCELLED', code: '24' },
    '505_CANCELLED DECLINED_24',
  ],
  [
    'gateway 11, signed',
    { source: 'IPN', signed: true, finalStatus: '501_EXPIRED', code: '11' },
    '501_EXPIRED DECLINED_11',
  ],
  [
    'gateway 24, signed, about another amount',
    { source: 'IPN', signed: true, finalStatus: '505_CANCELLED', code: '24', amountMinor: 1n },
    'NOT_PROOF DECLINED_24',
  ],
  [
    'gateway query, signed, about another amount',
    { source: 'QUERY', signed: true, finalStatus: '500_FAIL', code: '02', amountMinor: 101n },
    'NOT_PROOF DECLINED_02',
  ],
  [
    'gateway 24, signed, about our amount',
    { source: 'IPN', signed: true, finalStatus: '505_CANCELLED', code: '24', amountMinor: 100n },
    '505_CANCELLED DECLINED_24',
  ],
  ['gateway 51, signed', { source: 'IPN', signed: true, finalStatus: '500_FAIL', code: '51' }, '500_FAIL DECLINED_51'],
  [
    'gateway query, signed',
    { source: 'QUERY', signed: true, finalStatus: '500_FAIL', code: '02', askedAtMs: 1 },
    '500_FAIL DECLINED_02',
  ],
  [
    'gateway query, unsigned and early',
    { source: 'QUERY', finalStatus: '500_FAIL', code: '02', askedAtMs: 1 },
    'TOO_EARLY DECLINED_02',
  ],
  ['QR-MMS callback', { source: 'IPN', signed: true, code: '51' }, 'NO_NEWS DECLINED_51'],
  ['gateway 07', { source: 'IPN', signed: true, verdict: 'IN_DOUBT', code: '07' }, '000_UNKNOWN IN_DOUBT_07'],
  ['gateway status 01', { source: 'QUERY', signed: true, verdict: 'IN_DOUBT', code: '01' }, '000_UNKNOWN IN_DOUBT_01'],
  ['CheckTrans, signed channel only', { source: 'QUERY', trustedChannel: true, code: '04' }, '501_EXPIRED DECLINED_04'],
  ['CheckTrans without TLS', { source: 'QUERY', trustedChannel: false, code: '04' }, 'NOT_PROOF DECLINED_04'],
  [
    'CheckTrans without TLS, signed',
    { source: 'QUERY', trustedChannel: false, signed: true },
    '501_EXPIRED DECLINED_01',
  ],
  [
    'a question of unknown time',
    { source: 'QUERY', code: '04', askedAtMs: undefined as never },
    'TOO_EARLY DECLINED_04',
  ],
  ['a report that ends it', { source: 'REPORT', finalStatus: '500_FAIL' }, '500_FAIL DECLINED_01'],
  ['a report that does not', { source: 'REPORT' }, 'NOT_PROOF DECLINED_01'],
  ['an operator', { source: 'OPERATOR', finalStatus: '505_CANCELLED' }, '505_CANCELLED DECLINED_01'],
];

describe('evidence without money', () => {
  const outcome = ({ attemptStatus, ignore, reason }: Decision) => `${attemptStatus ?? ignore} ${reason}`;

  it.each(NEGATIVES)('%s', (_name, change, expected) => {
    expect(outcome(decideAttempt(stateOf(), asked({ verdict: 'DECLINED', ...change })))).toBe(expected);
  });

  it('is a finding where it speaks of another amount, unless the attempt has ended', () => {
    const other = asked({
      verdict: 'DECLINED',
      source: 'IPN',
      signed: true,
      finalStatus: '500_FAIL',
      amountMinor: 99n,
    });
    expect(decideAttempt(stateOf(), other).findings).toEqual(['CONFLICTING_EVIDENCE']);
    expect(decideAttempt(success, other).findings).toEqual([]);
  });

  it('names the verdict where there is no code', () => {
    const { code: _code, ...codeless } = asked({ verdict: 'NO_ANSWER' });
    expect(outcome(decideAttempt(stateOf(), codeless))).toBe('000_UNKNOWN NO_ANSWER');
  });

  it('never moves an attempt out of its end, and leaves an unknown one unknown', () => {
    for (const status of ['302_SUCCESS', '500_FAIL', '501_EXPIRED', '505_CANCELLED', '507_REVERSED'] as const) {
      expect(decideAttempt(stateOf({ status }), asked())).toEqual({ ...NOTHING, ignore: 'NO_NEWS' });
    }
    const doubt = asked({ verdict: 'IN_DOUBT' });
    expect(decideAttempt(unknown, doubt)).toEqual({ ...NOTHING, ignore: 'NO_NEWS', reason: 'IN_DOUBT_01' });
  });

  it('ends a lost create as FAIL only where the provider knows of nothing', () => {
    const lost = stateOf({ status: '000_UNKNOWN', createLostAtMs: 5 });
    expect(outcome(decideAttempt(lost, asked({ askedAtMs: 6 })))).toBe('500_FAIL CREATE_LOST');
    expect(outcome(decideAttempt(lost, asked({ askedAtMs: 6, verdict: 'DECLINED' })))).toBe('TOO_EARLY DECLINED_01');
    const { askedAtMs: _asked, ...unasked } = asked();
    expect(outcome(decideAttempt(stateOf({ status: '000_UNKNOWN', createLostAtMs: 0 }), unasked))).toBe(
      'TOO_EARLY NOT_FOUND_01',
    );
  });
});

describe('a reversal that nobody has proven (gateway status 04)', () => {
  const { providerReference: _reference, ...nameless } = reversed({ source: 'QUERY', signed: true });

  it.each(['IPN', 'QUERY'] as const)('by %s makes an open attempt unknown and is a finding', (source) => {
    const told = { ...nameless, source, signed: true };
    const note = { ...NOTHING, ignore: 'NOT_PROOF', findings: ['REVERSAL_REPORTED'], reason: 'REVERSAL_REPORTED' };
    expect(decideAttempt(stateOf(), told)).toEqual({ ...note, attemptStatus: '000_UNKNOWN' });
    expect(decideAttempt(success, told)).toEqual(note);
    expect(decideAttempt(unknown, told)).toEqual(note);
  });

  it.each(['REPORT', 'OPERATOR'] as const)('must name the payment where a %s proves it', (source) => {
    const message = 'A reversal names the payment that it reverses.';
    expect(() => decideAttempt(success, { ...nameless, source })).toThrow(new RangeError(message));
    expect(() => decideAttempt(success, { ...nameless, source, providerReference: '' })).toThrow(RangeError);
    expect(decideAttempt(success, reversed({ source })).attemptStatus).toBe('507_REVERSED');
  });
});

describe('a payment whose time becomes known later', () => {
  const { paidAtMs: _time, ...timeless } = paid({ receivedAtMs: AFTER_END });
  const held = fold(stateOf(), [timeless]).state;

  it('waits in suspense first, and says why', () => {
    expect(held.attempt.payments).toEqual([
      {
        providerReference: 'R1',
        amountMinor: 100n,
        appliedMinor: 0n,
        suspenseMinor: 100n,
        reversed: false,
        heldBy: 'PAID_TIME_UNKNOWN',
      },
    ]);
  });

  it('is accepted from there when it was in time', () => {
    const decision = decideAttempt(held, paid({ source: 'QUERY' }));
    expect(decision).toEqual({
      acceptReference: 'R1',
      providerReference: 'R1',
      transactionStatus: '304_SETTLED',
      appliedMinor: 100n,
      suspenseMinor: 0n,
      settles: true,
      findings: [],
    });
    const after = applyDecision(held, decision, paid());
    expect(after.transaction).toMatchObject({ status: '304_SETTLED', paidMinor: 100n });
    expect(after.attempt.payments[0]).toMatchObject({ appliedMinor: 100n, suspenseMinor: 0n });
    expect(decideAttempt(after, paid())).toEqual({ ...NOTHING, ignore: 'DUPLICATE' });
  });

  it.each<[string, PaymentState, Evidence]>([
    ['it was late', held, paid({ paidAtMs: AFTER_END })],
    ['nobody says when', held, timeless],
    ['the transaction is closed', { ...held, transaction: { ...held.transaction, status: '505_CANCELLED' } }, paid()],
    [
      'nothing is due',
      { ...held, transaction: { ...held.transaction, status: '304_SETTLED', paidMinor: 100n } },
      paid(),
    ],
    [
      'it was given back',
      {
        ...held,
        attempt: { ...held.attempt, payments: held.attempt.payments.map((each) => ({ ...each, suspenseMinor: 0n })) },
      },
      paid(),
    ],
  ])('stays where it is when %s', (_why, state, evidence) => {
    expect(decideAttempt(state, evidence)).toEqual({ ...NOTHING, ignore: 'DUPLICATE' });
  });

  it('stays where it is when something else keeps it, and accepts only as much as is due', () => {
    const late = fold(stateOf(), [paid({ paidAtMs: AFTER_END })]).state;
    expect(decideAttempt(late, paid())).toEqual({ ...NOTHING, ignore: 'DUPLICATE' });
    const part = { ...held, transaction: { ...held.transaction, status: '300_PARTIAL' as const, paidMinor: 70n } };
    const decision = decideAttempt(part, paid());
    expect(decision).toMatchObject({ appliedMinor: 30n, suspenseMinor: 0n, transactionStatus: '304_SETTLED' });
    expect(applyDecision(part, decision, paid()).attempt.payments[0]).toMatchObject({
      appliedMinor: 30n,
      suspenseMinor: 70n,
    });
  });

  it('was the attempt’s own when it was taken back before its time was known', () => {
    const taken = fold(held, [reversed()]).state;
    expect(taken.attempt.status).toBe('302_SUCCESS');
    const note = { ...NOTHING, ignore: 'DUPLICATE' };
    const decision = decideAttempt(taken, paid());
    expect(decision).toEqual({ ...note, attemptStatus: '507_REVERSED', reason: 'REVERSED' });
    expect(decideAttempt(applyDecision(taken, decision, paid()), paid())).toEqual(note);
    expect(decideAttempt(taken, paid({ paidAtMs: AFTER_END }))).toEqual(note);
  });

  it('ends alike in either order', () => {
    const known = paid({ source: 'QUERY', receivedAtMs: EXPIRES_AT });
    const first = fold(stateOf(), [known, timeless]).state;
    expect(fold(stateOf(), [timeless, known]).state.transaction).toEqual(first.transaction);
  });
});
