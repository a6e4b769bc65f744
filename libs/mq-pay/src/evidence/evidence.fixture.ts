import type { PaymentState, TransactionState, AttemptState } from './decision';
import type { Evidence } from './evidence';

/** 2026-11-20 12:15:00 in Vietnam. */
export const EXPIRES_AT = Date.UTC(2026, 10, 20, 5, 15);
export const AFTER_END = EXPIRES_AT + 60_001;

/** An attempt of 100 on a transaction of 100, sent and waiting; the tests change what they are about. */
export function stateOf(
  attempt: Partial<AttemptState> = {},
  transaction: Partial<TransactionState> = {},
): PaymentState {
  return {
    attempt: {
      status: '204_SENT',
      amountMinor: 100n,
      expiresAtMs: EXPIRES_AT,
      providerReference: null,
      payments: [],
      awaitedReversals: [],
      createLostAtMs: null,
      ...attempt,
    },
    transaction: {
      status: '100_NEW',
      totalMinor: 100n,
      paidMinor: 0n,
      refundedMinor: 0n,
      refundReservedMinor: 0n,
      chargedBackMinor: 0n,
      ...transaction,
    },
  };
}

export function paid(change: Partial<Evidence> = {}): Evidence {
  return {
    source: 'IPN',
    verdict: 'PAID',
    signed: true,
    receivedAtMs: EXPIRES_AT - 1_000,
    providerReference: 'R1',
    amountMinor: 100n,
    paidAtMs: EXPIRES_AT - 2_000,
    ...change,
  };
}

export function asked(change: Partial<Evidence> = {}): Evidence {
  return {
    source: 'QUERY',
    verdict: 'NOT_FOUND',
    signed: false,
    trustedChannel: true,
    receivedAtMs: AFTER_END,
    askedAtMs: AFTER_END,
    code: '01',
    ...change,
  };
}

export function reversed(change: Partial<Evidence> = {}): Evidence {
  return {
    source: 'REPORT',
    verdict: 'REVERSED',
    signed: false,
    receivedAtMs: AFTER_END + 86_400_000,
    providerReference: 'R1',
    ...change,
  };
}
