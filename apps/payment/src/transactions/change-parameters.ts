import { outboxHeaders } from '@nx/reliable';
import { accountRows, entryRows, journalRows, type NumberedJournal } from '../ledger/journal-rows';
import type { OperationCompletion, StartedOperation } from '../providers/provider-operation';
import { chargebackRow } from '../chargebacks/chargeback-row';
import { refundRow } from '../refunds/refund-row';
import { CHANGE_PARTS, type ChangePart } from './change-statement';
import type { Attempt, Transaction } from './transaction';
import type { ChangedIdempotencyKey, NewIdempotencyKey, TransactionChange } from './transaction-change';

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
const text = (amount: bigint | null): string | null => (amount === null ? null : amount.toString());

const transactionRow = (transaction: Transaction, now: number, actorId: string | null): object => ({
  id: transaction.id,
  uid: transaction.uid,
  merchant_id: transaction.merchantId,
  organizer_id: transaction.organizerId,
  source_type: transaction.sourceType,
  source_id: transaction.sourceId,
  source_uid: transaction.sourceUid,
  total: text(transaction.total),
  paid: text(transaction.paid),
  open_amount: text(transaction.openAmount),
  refunded: text(transaction.refunded),
  refund_reserved: text(transaction.refundReserved),
  charged_back: text(transaction.chargedBack),
  currency: transaction.currency,
  status: transaction.status,
  blocked_from: transaction.blockedFrom,
  version: transaction.version,
  settled_at: iso(transaction.settledAt),
  cancelled_at: iso(transaction.cancelledAt),
  created_at: iso(transaction.createdAt),
  modified_at: iso(now),
  created_by: actorId,
  modified_by: actorId,
  metadata: transaction.metadata,
});

const attemptRow = (attempt: Attempt, now: number, actorId: string | null): object => ({
  id: attempt.id,
  uid: attempt.uid,
  transaction_id: attempt.transactionId,
  merchant_id: attempt.merchantId,
  parent_id: attempt.parentId,
  type: attempt.type,
  provider: attempt.provider,
  method: attempt.method,
  credential_id: attempt.credentialId,
  terminal: attempt.terminal,
  amount: text(attempt.amount),
  applied_amount: text(attempt.appliedAmount),
  reversed: text(attempt.reversed),
  awaited_reversals: attempt.awaitedReversals,
  refunded: text(attempt.refunded),
  refund_reserved: text(attempt.refundReserved),
  tendered: text(attempt.tendered),
  status: attempt.status,
  reason: attempt.reason,
  provider_reference: attempt.providerReference,
  bank_code: attempt.bankCode,
  bank_reference: attempt.bankReference,
  provider_created_at: iso(attempt.providerCreatedAt),
  provider_paid_at: iso(attempt.providerPaidAt),
  qr_content: attempt.qrContent,
  pay_url: attempt.payUrl,
  expires_at: iso(attempt.expiresAt),
  sent_at: iso(attempt.sentAt),
  finished_at: iso(attempt.finishedAt),
  next_query_at: iso(attempt.nextQueryAt),
  query_step: attempt.queryStep,
  create_lost_at: iso(attempt.createLostAt),
  refund_id: attempt.refundId,
  refund_reference: attempt.refundReference,
  refund_provider_reference: attempt.refundProviderReference,
  created_at: iso(attempt.createdAt),
  modified_at: iso(now),
  created_by: attempt.createdBy,
  modified_by: actorId,
  metadata: attempt.metadata,
});

const startedRow = (operation: StartedOperation): object => ({
  id: operation.id,
  attempt_id: operation.attemptId,
  transaction_id: operation.transactionId,
  merchant_id: operation.merchantId,
  provider: operation.provider,
  kind: operation.kind,
  credential_id: operation.credentialId,
  started_at: iso(operation.startedAt),
  request_id: operation.requestId,
  fencing_token: operation.fencingToken,
});

const completedRow = (operation: OperationCompletion): object => ({
  id: operation.id,
  finished_at: iso(operation.finishedAt),
  duration_ms: operation.durationMs,
  outcome: operation.outcome,
  provider_code: operation.providerCode,
  code_table_version: operation.codeTableVersion,
  request_fingerprint: operation.requestFingerprint,
  credential_key_id: operation.credentialKeyId,
  request_sealed: operation.requestSealed,
  response_sealed: operation.responseSealed,
  fencing_token: operation.fencingToken,
});

const moneyAsideRows = (change: TransactionChange, now: number): [findings: object[], suspense: object[]] => [
  (change.findings ?? []).map((finding) => ({
    id: finding.id,
    code: finding.code,
    merchant_id: change.after.merchantId,
    transaction_id: change.after.id,
    attempt_id: finding.attemptId,
    detail: finding.detail,
    created_at: iso(now),
  })),
  (change.suspense ?? []).map((item) => ({
    id: item.id,
    merchant_id: change.after.merchantId,
    provider: item.provider,
    provider_reference: item.providerReference,
    provider_paid_at: iso(item.providerPaidAt),
    attempt_id: item.attemptId,
    transaction_id: change.after.id,
    amount: text(item.amount),
    reversed: text(item.reversed),
    reversed_at: iso(item.reversedAt),
    currency: change.after.currency,
    reason: item.reason,
    finding_id: item.findingId,
    auto_refund_at: iso(item.autoRefundAt),
    created_at: iso(now),
  })),
];

const changedSuspenseRows = (change: TransactionChange, now: number): object[] =>
  (change.changedSuspense ?? []).map((item) => ({
    id: item.id,
    accepted: text(item.accepted),
    acceptances: item.acceptances,
    refunded: text(item.refunded),
    reversed: text(item.reversed),
    reversed_at: iso(item.reversedAt),
    auto_refund_at: iso(item.autoRefundAt),
    attempt_id: item.attemptId,
    transaction_id: change.after.id,
    modified_at: iso(now),
  }));

const resolutionRows = (change: TransactionChange, now: number, actorId: string | null): object[] =>
  (change.resolvedFindings ?? []).map((resolution) => ({
    ...('findingId' in resolution
      ? { id: resolution.findingId }
      : { code: resolution.code, attempt_id: resolution.attemptId }),
    transaction_id: change.after.id,
    outcome: resolution.outcome,
    note: resolution.note,
    resolved_by: actorId,
    resolved_at: iso(now),
  }));

const outboxRows = (change: TransactionChange, now: number): object[] => {
  return (change.events ?? []).map((event, position) => ({
    id: event.eventId,
    event_id: event.eventId,
    created_at: iso(now),
    aggregate_type: 'Transaction',
    aggregate_id: change.after.id,
    aggregate_version: change.after.version,
    position,
    event_type: event.eventType,
    routes: event.routes,
    key: event.key,
    payload: event.payload,
    headers: outboxHeaders(event.headers),
  }));
};

const stateRows = (change: TransactionChange, now: number, actorId: string | null): object[] =>
  (change.untoldStates ?? []).map(({ attemptId, from, to, reason }, position) => ({
    transaction_id: change.after.id,
    version: change.after.version,
    position,
    attempt_id: attemptId,
    from_status: from,
    to_status: to,
    reason,
    actor_id: actorId,
    created_at: iso(now),
  }));

const keyRows = (key: NewIdempotencyKey | ChangedIdempotencyKey | undefined, now: number): object[] =>
  key === undefined
    ? []
    : [
        {
          ...key,
          http_status: key.httpStatus,
          locked_until: iso(key.lockedUntil),
          created_at: iso(now),
          ...('expiresAt' in key ? { expires_at: iso(key.expiresAt) } : {}),
        },
      ];

const oneOrNone = <T>(value: T | undefined, row: (value: T) => object): object[] =>
  value === undefined ? [] : [row(value)];

const refundRows = (
  change: TransactionChange,
  now: number,
  actorId: string | null,
): Pick<Record<ChangePart, object[]>, 'newRefund' | 'changedRefund' | 'newChargeback' | 'changedChargeback'> => ({
  newChargeback: oneOrNone(change.newChargeback, (chargeback) => chargebackRow(chargeback, now, actorId)),
  changedChargeback: oneOrNone(change.changedChargeback, (chargeback) => chargebackRow(chargeback, now, actorId)),
  newRefund: oneOrNone(change.newRefund, (refund) => refundRow(refund, now, actorId)),
  changedRefund: oneOrNone(change.changedRefund, (refund) => refundRow(refund, now, actorId)),
});

/** The rows of a change by part, only those that there are; `now` in ms. */
const rowsByPart = (
  change: TransactionChange,
  now: number,
  actorId: string | null,
): Readonly<Record<ChangePart, readonly object[]>> => {
  const journals = (change.journals ?? []).map(({ id, attemptId, ...journal }): NumberedJournal => {
    return { id, journal, attemptId, merchantId: change.after.merchantId, transactionId: change.after.id, now };
  });
  const [findings, suspense] = moneyAsideRows(change, now);
  const key = keyRows(change.changedKey, now);
  const freed = change.changedKey?.status === 'FREE';
  const completed = change.completedOperations ?? [];
  return {
    newAttempts: (change.newAttempts ?? []).map((attempt) => attemptRow(attempt, now, actorId)),
    changedAttempts: (change.changedAttempts ?? []).map((attempt) => attemptRow(attempt, now, actorId)),
    startedOperations: (change.startedOperations ?? []).map(startedRow),
    completedOperations: completed.filter(({ fencingToken }) => fencingToken === null).map(completedRow),
    fencedOperation: completed.filter(({ fencingToken }) => fencingToken !== null).map(completedRow),
    accounts: accountRows(journals),
    journals: journalRows(journals),
    entries: entryRows(journals),
    findings,
    resolvedFindings: resolutionRows(change, now, actorId),
    suspense,
    changedSuspense: changedSuspenseRows(change, now),
    ...refundRows(change, now, actorId),
    events: outboxRows(change, now),
    untoldStates: stateRows(change, now, actorId),
    callback:
      change.ipn === undefined ? [] : [{ id: change.ipn.id, outcome: change.ipn.outcome, processed_at: iso(now) }],
    newKey: keyRows(change.newKey, now),
    changedKey: freed ? [] : key,
    freedKey: freed ? key : [],
  };
};

/** What `changeStatement` takes: the parts that have rows, and its parameters, each a JSON text. `now` in ms. */
export const changeParameters = (
  change: TransactionChange,
  now: number,
  actorId: string | null,
): { readonly parts: readonly ChangePart[]; readonly values: readonly string[] } => {
  const rows = rowsByPart(change, now, actorId);
  const parts = CHANGE_PARTS.filter((part) => rows[part].length > 0);
  const given = [transactionRow(change.after, now, actorId), ...parts.map((part) => rows[part])];
  return { parts, values: given.map((part) => JSON.stringify(part)) };
};
