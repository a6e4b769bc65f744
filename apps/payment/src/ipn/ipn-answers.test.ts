import {
  ATTEMPT_MACHINE,
  callbackAnswerKind,
  EXPIRY_GRACE_MS,
  type AttemptStatus,
  type CallbackAnswerKind,
  type ParsedCallback,
} from '@nx/mq-pay';
import { testDatabase, type TestDatabase } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECEIVE_IPN } from './ipn-statement';

const AMOUNT = 100_000n;
const EXPIRES_AT = Date.UTC(2026, 10, 20, 3);
const STATUSES = Object.keys(ATTEMPT_MACHINE.transitions) as AttemptStatus[];
const APPLIED = [0n, 1n, AMOUNT];
const AMOUNTS = [AMOUNT, AMOUNT - 1n, AMOUNT + 1n, 10n ** 15n];
const PAID_AT = [null, 0, EXPIRES_AT, ...[-1, 0, 1].map((ms) => EXPIRES_AT + EXPIRY_GRACE_MS + ms), EXPIRES_AT * 2];

let database: TestDatabase;
let client: pg.Client;
let serial = 0;
beforeAll(async () => {
  database = await testDatabase({ service: 'payment' });
  client = new pg.Client({ connectionString: database.urlFor('runtime') });
  await client.connect();
  await client.query(
    `INSERT INTO "Transaction" (id, uid, merchant_id, source_type, source_id, source_uid, total, currency, status, created_at, modified_at)
     VALUES ('t', 't', 'm', 'SaleOrder', 's', 's', $1, 'VND', '100_NEW', now(), now())`,
    [AMOUNT],
  );
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

interface AttemptRow {
  readonly status: AttemptStatus;
  readonly applied: bigint;
  readonly type?: string;
}

/** Gives the attempt's uid. */
const attempt = async ({ status, applied, type = '100_PAYMENT' }: AttemptRow): Promise<string> => {
  const id = `a${(serial += 1)}`;
  await client.query(
    `INSERT INTO "PaymentAttempt" (id, uid, transaction_id, merchant_id, type, provider, method, credential_id, amount,
       applied_amount, status, expires_at, created_at, modified_at)
     VALUES ($1, $1, 't', 'm', $2, 'VNPAY_QR_MMS', '100_QR_CODE', 'own', $3, $4, $5, $6, now(), now())`,
    [id, type, AMOUNT, applied, status, new Date(EXPIRES_AT)],
  );
  return id;
};

type Message = Pick<ParsedCallback, 'success' | 'amountMinor' | 'paidAtMs'>;

/** The answer of the statement to a callback that has not been there before. */
const answered = async (
  uid: string,
  { success, amountMinor, paidAtMs }: Message,
  { provider = 'VNPAY_QR_MMS', credentials = ['other', 'own'] } = {},
): Promise<CallbackAnswerKind> => {
  const id = `i${(serial += 1)}`;
  const paidAt = paidAtMs === null ? null : new Date(paidAtMs);
  const parameters = [id, provider, id, uid, success, credentials, amountMinor, paidAt, EXPIRY_GRACE_MS];
  const { rows } = await client.query<{ answer: CallbackAnswerKind; stored_id: string }>(RECEIVE_IPN, [
    ...parameters,
    ...['sealed', '{}', new Date(EXPIRES_AT), null, 'own'],
  ]);
  expect(rows).toHaveLength(1);
  expect(rows[0]?.stored_id).toBe(id);
  return rows[0]?.answer ?? 'UNAVAILABLE';
};

const callback = (message: Message): ParsedCallback => ({
  ...{ eventKey: 'k', lookupKey: 'l', attemptUid: 'a', providerReference: 'r', bankCode: null, code: '00' },
  ...{ message: null, untrustedTerminal: null },
  ...message,
});

const MESSAGES: readonly Message[] = [true, false].flatMap((success) =>
  AMOUNTS.flatMap((amountMinor) => PAID_AT.map((paidAtMs) => ({ success, amountMinor, paidAtMs }))),
);

describe('the statement that answers a callback says what the engine says', () => {
  it('of every state of an attempt there are rows', () => {
    expect(STATUSES.length).toBe(8);
    expect(STATUSES).toContain('507_REVERSED');
    expect(MESSAGES).toHaveLength(56);
  });

  it.each(STATUSES.flatMap((status) => APPLIED.map((applied) => ({ status, applied }))))(
    'for $status with $applied applied',
    async ({ status, applied }) => {
      const uid = await attempt({ status, applied });
      const engine = { status, amountMinor: AMOUNT, appliedMinor: applied, expiresAtMs: EXPIRES_AT };
      const seen = new Set<CallbackAnswerKind>();
      for (const message of MESSAGES) {
        const expected = callbackAnswerKind(engine, callback(message));
        expect([message, await answered(uid, message)]).toEqual([message, expected]);
        seen.add(expected);
      }
      const whenApplied = applied > 0n || status === '507_REVERSED';
      const kinds = whenApplied ? ['DUPLICATE', 'NOTED', 'WRONG_AMOUNT'] : ['APPLIED', 'LATE', 'NOTED', 'WRONG_AMOUNT'];
      expect([...seen].toSorted()).toEqual(kinds);
    },
  );

  it('for a reference that is none: nobody has it, another provider, another connection, or no payment', async () => {
    const uid = await attempt({ status: '204_SENT', applied: 0n });
    const refund = await attempt({ status: '204_SENT', applied: 0n, type: '300_REFUND' });
    for (const message of MESSAGES) {
      const expected = callbackAnswerKind(null, callback(message));
      expect(expected).toBe('UNKNOWN_REFERENCE');
      expect(await answered('nobody', message)).toBe(expected);
      expect(await answered(uid, message, { provider: 'VNPAY_GATEWAY' })).toBe(expected);
      expect(await answered(uid, message, { credentials: ['other'] })).toBe(expected);
      expect(await answered(refund, message)).toBe(expected);
    }
  });
});
