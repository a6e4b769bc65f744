import { eventually } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectBooksInOrder } from '../testing/ledger-check.fixture';
import { BASE, unique, type Answer } from '../testing/payment-world.fixture';
import { RefundWorld } from '../testing/refund-world.fixture';
import { LIMIT, LostCommitCases, type LostCase } from './lost-commit-cases.fixture';

/** A service whose COMMITs lose their answers where the test says, and whose server does not tell what became of them. */
let world: RefundWorld;
let cases: LostCommitCases;
beforeAll(async () => {
  world = await RefundWorld.start(
    'api',
    { APP_ENV_POSTGRES_CONNECT_TIMEOUT_MS: '1000', APP_ENV_OPERATOR_LIMIT_MINOR: String(LIMIT) },
    true,
  );
  await world.payment.sql('REVOKE EXECUTE ON FUNCTION pg_xact_status FROM PUBLIC');
  cases = await LostCommitCases.of(world);
});
afterAll(async () => {
  await expectBooksInOrder(world.payment);
  await world.stop();
});

/** What the repetition is answered: the first answer, or what the state says; it is never refused. */
type Told = 'the first answer' | { readonly status: 200 | 202; readonly body?: object };

/** Its approval was used before the answer was lost; the repetition does what it was used for. */
const READ_AGAIN = {
  status: 200,
  body: {
    transaction: { status: '304_SETTLED' },
    replayed: [
      { source: 'CALLBACK', outcome: 'DUPLICATE' },
      { source: 'QUERY', outcome: 'ANSWERED' },
    ],
  },
} as const;
const CASES: readonly (readonly [what: string, prepare: (from: LostCommitCases) => Promise<LostCase>, told: Told])[] = [
  ['a payment by what a person has seen', (of) => of.resolve(), { status: 200, body: { outcome: 'DUPLICATE' } }],
  ['the same by two persons', (of) => of.resolveByTwo(), { status: 200, body: { outcome: 'DUPLICATE' } }],
  ['a failure that a person has seen', (of) => of.resolveAsFailed(), { status: 200, body: { outcome: 'NO_NEWS' } }],
  ['a refund that a person has seen', (of) => of.resolveRefund(), { status: 200, body: { outcome: 'DUPLICATE' } }],
  ['a reversal', (of) => of.reverse(), { status: 200, body: { outcome: 'DUPLICATE' } }],
  ['a replay', (of) => of.replay(), READ_AGAIN],
  ['a refund tried again by an operator', (of) => of.retryRefund(), 'the first answer'],
  ['a refund tried again by its merchant', (of) => of.retryOwnRefund(), 'the first answer'],
  ['a refund', (of) => of.openRefund(), { status: 200, body: { status: 'SUCCEEDED' } }],
  ['a block', (of) => of.block(), { status: 200, body: { status: '403_BLOCKED' } }],
  ['the end of a block', (of) => of.unblock(), 'the first answer'],
  ['money accepted from suspense', (of) => of.accept(), 'the first answer'],
  ['money matched to an attempt', (of) => of.match(), 'the first answer'],
  ['the end of a freeze', (of) => of.liftFreeze(), 'the first answer'],
  ['the question for a second person', (of) => of.askForLift(), { status: 202 }],
  ['a refusal by the second person', (of) => of.reject(), 'the first answer'],
  ['a finding that is taken', (of) => of.assignFinding(), 'the first answer'],
  ['a finding that is explained', (of) => of.resolveFinding(), 'the first answer'],
  ['a finding that is opened again', (of) => of.reopenFinding(), 'the first answer'],
  ['a chargeback', (of) => of.openChargeback(), 'the first answer'],
  ['a chargeback of all that was paid', (of) => of.openChargeback(100_000), 'the first answer'],
  ['evidence about a chargeback', (of) => of.submitChargeback(), { status: 200, body: { status: 'SUBMITTED' } }],
  ['a chargeback that is won', (of) => of.wonChargeback(), { status: 200, body: { status: 'WON' } }],
  ['a chargeback that is lost', (of) => of.lostChargeback(), { status: 200, body: { status: 'LOST' } }],
  ['a cancelled payment', (of) => of.cancel(), { status: 200 }],
  ['money at the counter', (of) => of.counterPayment(), { status: 200 }],
  ['a subscription', (of) => of.subscription(), 'the first answer'],
  ['what a subscriber is told again', (of) => of.tellAgain(), 'the first answer'],
  ['a delivery that is sent again', (of) => of.replayDelivery(), 'the first answer'],
];

const send = (made: LostCase, key: string, requestId: string): Promise<Answer> =>
  world.payment.call('POST', `${BASE}${made.path}`, {
    token: made.token,
    body: JSON.stringify(made.body),
    headers: { 'idempotency-key': key, 'x-request-id': requestId },
  });

const count = async (from: string, values: unknown[]): Promise<number> =>
  Number((await world.payment.sql(`SELECT count(*) AS n FROM ${from}`, values))[0]?.['n']);

/** Comes again later: a connection was not to be had in time, or the key is still held. */
const UNTOLD = new Set(['service.unavailable', 'idempotency.in_progress']);

describe.concurrent('an operation whose COMMIT was not answered', () => {
  it.each(CASES)('%s: has one effect, and the repetition is told the truth', async (_what, prepare, told) => {
    const { wire } = world.payment;
    if (wire === undefined) throw new Error('the world has no wire');
    const made = await eventually(() => prepare(cases));
    const [key, first, second] = [unique('key'), unique('first-'), unique('second-')];
    const effects = () => count(made.effect[0], [made.effect[1]]);
    const written = (requestId: string) => count('"AuditTrail" WHERE request_id = $1', [requestId]);
    const before = await effects();
    // The entry of the trail bears the number of the request; what keeps its answer, the key.
    const text = made.mark ?? (told === 'the first answer' ? key : first);
    const sprung = wire.trap({ text, atCommit: made.mark === undefined, when: 'after' });
    const lost = await eventually(async () => {
      const answer = await send(made, key, first);
      return sprung() > 0 ? answer : undefined;
    });
    expect(await effects()).toBe(before + 1);
    const again = await eventually(async () => {
      const answer = await send(made, key, second);
      return UNTOLD.has(answer.body.code) ? undefined : answer;
    });
    if (told === 'the first answer') {
      // It was kept with the effect, so that it is found although nobody says what became of the COMMIT: at once, or
      // by the repetition where no connection was to be had in time.
      const heard = UNTOLD.has(lost.body.code) ? again : lost;
      expect([sprung(), heard.status]).toEqual([1, again.status]);
      expect([again.status < 300, again.headers.get('idempotency-replayed'), again.body]).toEqual([
        true,
        'true',
        heard.body,
      ]);
    } else {
      expect([sprung(), lost.status, lost.body.code]).toEqual([1, 503, 'service.unavailable']);
      expect(again).toMatchObject(told);
    }
    expect(await effects()).toBe(before + 1);
    expect(await written(second)).toBe(0);
    if (made.action !== undefined) {
      expect(await count('"AuditTrail" WHERE request_id = $1 AND action = $2', [first, made.action])).toBe(1);
    }
  });
});
