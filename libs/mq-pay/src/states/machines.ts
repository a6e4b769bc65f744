import type { StateMachine } from './machine';

export type AttemptStatus =
  | '100_NEW'
  | '204_SENT'
  | '000_UNKNOWN'
  | '302_SUCCESS'
  | '500_FAIL'
  | '501_EXPIRED'
  | '505_CANCELLED'
  | '507_REVERSED';

export type TransactionStatus =
  '100_NEW' | '300_PARTIAL' | '304_SETTLED' | '403_BLOCKED' | '408_REFUNDED' | '505_CANCELLED';

export type RefundStatus = 'NEW' | 'SENT' | 'UNKNOWN' | 'SUCCEEDED' | 'FAILED';

export type ChargebackStatus = 'OPEN' | 'SUBMITTED' | 'WON' | 'LOST';

/** Proof of success beats every negative end, so these three are not the end. */
export const ATTEMPT_MACHINE: StateMachine<AttemptStatus> = {
  name: 'attempt',
  initial: '100_NEW',
  transitions: {
    '100_NEW': ['204_SENT', '302_SUCCESS', '500_FAIL', '501_EXPIRED', '505_CANCELLED', '000_UNKNOWN'],
    '204_SENT': ['302_SUCCESS', '500_FAIL', '501_EXPIRED', '505_CANCELLED', '000_UNKNOWN'],
    '000_UNKNOWN': ['204_SENT', '302_SUCCESS', '500_FAIL', '501_EXPIRED', '505_CANCELLED'],
    '302_SUCCESS': ['507_REVERSED'],
    '500_FAIL': ['302_SUCCESS'],
    '501_EXPIRED': ['302_SUCCESS'],
    '505_CANCELLED': ['302_SUCCESS'],
    '507_REVERSED': [],
  },
  terminal: ['507_REVERSED'],
};

/** BLOCKED goes back to where it came from, or to what the evidence proves by then. */
export const TRANSACTION_MACHINE: StateMachine<TransactionStatus> = {
  name: 'transaction',
  initial: '100_NEW',
  transitions: {
    '100_NEW': ['300_PARTIAL', '304_SETTLED', '505_CANCELLED', '403_BLOCKED'],
    '300_PARTIAL': ['304_SETTLED', '408_REFUNDED', '100_NEW', '403_BLOCKED'],
    '304_SETTLED': ['408_REFUNDED', '300_PARTIAL', '100_NEW', '403_BLOCKED'],
    '403_BLOCKED': ['100_NEW', '300_PARTIAL', '304_SETTLED', '408_REFUNDED'],
    '408_REFUNDED': [],
    '505_CANCELLED': [],
  },
  terminal: ['408_REFUNDED', '505_CANCELLED'],
};

/** An unknown refund is never sent again under a new reference; a failed one may be. */
export const REFUND_MACHINE: StateMachine<RefundStatus> = {
  name: 'refund',
  initial: 'NEW',
  transitions: {
    NEW: ['SENT', 'UNKNOWN'],
    SENT: ['SUCCEEDED', 'FAILED', 'UNKNOWN'],
    UNKNOWN: ['SUCCEEDED', 'FAILED'],
    SUCCEEDED: [],
    FAILED: ['SENT', 'SUCCEEDED'],
  },
  terminal: ['SUCCEEDED'],
};

/** SUBMITTED: our evidence is with the provider, who decides. */
export const CHARGEBACK_MACHINE: StateMachine<ChargebackStatus> = {
  name: 'chargeback',
  initial: 'OPEN',
  transitions: { OPEN: ['SUBMITTED', 'WON', 'LOST'], SUBMITTED: ['WON', 'LOST'], WON: [], LOST: [] },
  terminal: ['WON', 'LOST'],
};

/** All machines of the engine, for the check at boot. */
export const STATE_MACHINES: readonly StateMachine<string>[] = [
  ATTEMPT_MACHINE,
  TRANSACTION_MACHINE,
  REFUND_MACHINE,
  CHARGEBACK_MACHINE,
];

/** Attempts that still hold a part of their transaction's `open_amount`. */
export const OPEN_ATTEMPT_STATUSES: readonly AttemptStatus[] = ['100_NEW', '204_SENT', '000_UNKNOWN'];

/** Whether an attempt of type `100_PAYMENT` still holds a part of `open_amount`. */
export function isOpenAttempt(status: AttemptStatus): boolean {
  return OPEN_ATTEMPT_STATUSES.includes(status);
}
