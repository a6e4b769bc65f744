import { Injectable } from '@nestjs/common';
import { canTransition, TRANSACTION_MACHINE } from '@nx/mq-pay';
import { IdGenerator } from '@nx/reliable';
import { ChangeTransaction } from '../../transactions/change-transaction';
import { operationsAlert, paymentEvent } from '../../transactions/payment-events';
import type { Transaction, TransactionAggregate } from '../../transactions/transaction';
import type { TransactionChange } from '../../transactions/transaction-change';

/** Findings that say why a transaction is blocked; unblocking closes them. */
export const BLOCKING_FINDINGS = ['INVARIANT_BROKEN', 'BLOCKED_BY_OPERATOR'] as const;

export interface Blocking {
  readonly code: (typeof BLOCKING_FINDINGS)[number];
  readonly detail: string;
  readonly actorId: string | null;
  readonly alongside?: TransactionChange['alongside'];
}

export type BlockOutcome = 'BLOCKED' | 'ALREADY_BLOCKED' | 'CLOSED';

/**
 * Stops a transaction: money that comes in is kept aside, none goes out, and people are told. One that is closed takes
 * no money anyway; the finding alone is written.
 */
@Injectable()
export class BlockTransaction {
  constructor(
    private readonly changes: ChangeTransaction,
    private readonly ids: IdGenerator,
  ) {}

  /** Safe to repeat. Throws `payment.transaction.not_found`. */
  execute(transactionId: string, blocking: Blocking): Promise<BlockOutcome> {
    return this.changes.execute<BlockOutcome>(transactionId, blocking.actorId, (aggregate, now) => {
      const { status } = aggregate.transaction;
      if (status === '403_BLOCKED') return { result: 'ALREADY_BLOCKED' };
      const blockable = canTransition(TRANSACTION_MACHINE, status, '403_BLOCKED');
      // A person who wants to block what is closed learns that it is; a broken invariant is told in any case.
      if (!blockable && blocking.code === 'BLOCKED_BY_OPERATOR') return { result: 'CLOSED' };
      return {
        change: this.changeOf(aggregate, blocking, blockable, now),
        result: blockable ? 'BLOCKED' : 'CLOSED',
      };
    });
  }

  private changeOf(
    aggregate: TransactionAggregate,
    { code, detail, alongside }: Blocking,
    blockable: boolean,
    now: number,
  ): TransactionChange {
    const before = aggregate.transaction;
    const after: Transaction = {
      ...before,
      version: before.version + 1,
      ...(blockable ? { status: '403_BLOCKED', blockedFrom: before.status } : {}),
    };
    const data = { subject: after.uid, message: detail, code, transactionId: after.id };
    const blocked = { type: 'mq-pay:transaction.blocked' as const, transaction: after };
    return {
      before,
      after,
      findings: [{ id: this.ids.next(), code, detail, attemptId: null }],
      events: [
        ...(blockable ? [paymentEvent(this.ids.next(), blocked, now)] : []),
        operationsAlert(this.ids.next(), after, data, now),
      ],
      alongside,
    };
  }
}
