import type { TransactionAggregate } from './transaction';
import type { StateChange, TransactionChange } from './transaction-change';

/** The statuses that an event carries, as the screens and subscribers read them. */
interface ToldStates {
  readonly transaction?: { readonly status: string };
  readonly attempt?: { readonly id: string; readonly status: string };
}

/**
 * The changes of state within a change that none of its events tells: without a row of their own nobody could say later
 * that an attempt was UNKNOWN for a while. Those that an event tells need none, so the usual payment writes nothing here.
 */
export function untoldStates(aggregate: TransactionAggregate, change: TransactionChange): StateChange[] {
  const told = (change.events ?? []).map(({ payload }) => payload as ToldStates);
  const changes: StateChange[] = [];
  for (const after of change.changedAttempts ?? []) {
    const before = aggregate.attempts.find(({ id }) => id === after.id);
    if (before === undefined || before.status === after.status) continue;
    if (told.some(({ attempt }) => attempt?.id === after.id && attempt.status === after.status)) continue;
    changes.push({ attemptId: after.id, from: before.status, to: after.status, reason: after.reason });
  }
  const { before, after } = change;
  if (before.status !== after.status && !told.some(({ transaction }) => transaction?.status === after.status)) {
    changes.push({ attemptId: null, from: before.status, to: after.status, reason: null });
  }
  return changes;
}
