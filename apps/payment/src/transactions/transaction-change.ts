import type { JournalDraft } from '@nx/mq-pay';
import type { Tx } from '@nx/persistence';
import type { OutboxEvent } from '@nx/reliable';
import type { FindingOutcome } from '../operations/findings/finding';
import type { OperationCompletion, StartedOperation } from '../providers/provider-operation';
import type { Chargeback } from '../chargebacks/chargeback';
import type { Refund } from '../refunds/refund';
import type { Attempt, SuspenseItem, Transaction } from './transaction';

/** A reason for a person to look, with the thing it is about. */
export interface FindingDraft {
  readonly id: string;
  readonly code: string;
  readonly detail: string;
  readonly attemptId: string | null;
}

/** Money that was received and not applied. */
export interface SuspenseDraft {
  readonly id: string;
  readonly provider: string;
  readonly providerReference: string;
  /** The provider's time of the payment (ms); null = it told none. */
  readonly providerPaidAt: number | null;
  readonly attemptId: string | null;
  readonly amount: bigint;
  readonly reason: string;
  readonly findingId: string | null;
  /** What of it the provider has taken back in the same step, and when (ms). */
  readonly reversed: bigint;
  readonly reversedAt: number | null;
  /** When it is given back by itself (ms); null = a person decides. */
  readonly autoRefundAt: number | null;
}

/** Closes open findings of the transaction that the change explains: one by its id, or those of a kind and an attempt. */
export type FindingResolution = {
  readonly outcome: FindingOutcome;
  readonly note: string;
} & ({ readonly findingId: string } | { readonly code: string; readonly attemptId: string | null });

/** A change of state that no event tells; without `attemptId` it is the transaction's own. */
export interface StateChange {
  readonly attemptId: string | null;
  readonly from: string;
  readonly to: string;
  readonly reason: string | null;
}

/** What the callback's row is told when its evidence has been applied. */
export interface IpnCompletion {
  readonly id: string;
  readonly outcome: string;
}

/** The key of a request that is stored with its first effect. Instants in ms. */
export interface NewIdempotencyKey {
  readonly scope: string;
  readonly operation: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly status: 'RUNNING' | 'DONE';
  readonly ids: Readonly<Record<string, string>>;
  readonly httpStatus: number | null;
  /** Until then the request counts as at work; afterwards a retry goes on with the same attempt. */
  readonly lockedUntil: number;
  readonly expiresAt: number;
}

/** A key that changes together with its effect: DONE, RUNNING with or without a lock, or FREE for another use. */
export type ChangedIdempotencyKey = Pick<
  NewIdempotencyKey,
  'scope' | 'operation' | 'key' | 'httpStatus' | 'lockedUntil'
> & { readonly status: NewIdempotencyKey['status'] | 'FREE' };

/**
 * Everything that one step does to a transaction. It is written by one statement, guarded by the version that was
 * read, or not at all: state, journals, findings and outbox rows can never part.
 */
export interface TransactionChange {
  /** The transaction as it was read; its version is the guard. */
  readonly before: Transaction;
  readonly after: Transaction;
  readonly newAttempts?: readonly Attempt[];
  readonly changedAttempts?: readonly Attempt[];
  readonly startedOperations?: readonly StartedOperation[];
  readonly completedOperations?: readonly OperationCompletion[];
  readonly journals?: readonly (JournalDraft & { readonly id: string; readonly attemptId: string | null })[];
  readonly findings?: readonly FindingDraft[];
  readonly suspense?: readonly SuspenseDraft[];
  /** Items of which something was accepted, given back or taken back, or that a failed refund gives back to. */
  readonly changedSuspense?: readonly SuspenseItem[];
  readonly resolvedFindings?: readonly FindingResolution[];
  readonly newRefund?: Refund | undefined;
  readonly changedRefund?: Refund | undefined;
  readonly newChargeback?: Chargeback | undefined;
  readonly changedChargeback?: Chargeback | undefined;
  readonly events?: readonly OutboxEvent[];
  /** Added where a change of an existing transaction is written, from what `events` leave out. */
  readonly untoldStates?: readonly StateChange[];
  readonly ipn?: IpnCompletion;
  readonly newKey?: NewIdempotencyKey | undefined;
  readonly changedKey?: ChangedIdempotencyKey | undefined;
  /** Epoch of the freezes under which this was allowed; when they have changed since, nothing is written. */
  readonly freezeEpoch?: string | undefined;
  /**
   * Further writes of the same transaction, after the statement and only when it took effect: an approval that is used,
   * the audit of an operator. What it throws undoes everything. It costs round trips, so hot paths have none.
   */
  readonly alongside?: ((tx: Tx) => Promise<void>) | undefined;
}
