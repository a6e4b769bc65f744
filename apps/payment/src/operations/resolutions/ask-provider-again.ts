import { Injectable } from '@nestjs/common';
import { isBeingCalled } from '../../refunds/apply-refund-result';
import { canBeAsked } from '../../refunds/refund-try';
import { WorkOnRefund } from '../../refunds/work-on-refund';
import { AskProvider } from '../../transactions/ask-provider';
import { ChangeTransaction } from '../../transactions/change-transaction';
import { canBeQueried } from '../../transactions/end-attempt';
import type { Attempt, TransactionAggregate } from '../../transactions/transaction';

export interface AskedAgain {
  readonly attemptId: string;
  readonly attemptUid: string;
  readonly outcome: string;
}

const isPayment = (attempt: Attempt): boolean =>
  attempt.type === '100_PAYMENT' && attempt.sentAt !== null && canBeQueried(attempt);

const isOpenTry = (attempt: Attempt): boolean =>
  attempt.type === '300_REFUND' &&
  (attempt.status === '204_SENT' || attempt.status === '000_UNKNOWN') &&
  canBeAsked(attempt);

/** Asks about every attempt of a transaction that its provider can be asked about, and applies what is answered. */
@Injectable()
export class AskProviderAgain {
  constructor(
    private readonly asking: AskProvider,
    private readonly changes: ChangeTransaction,
    private readonly refunds: WorkOnRefund,
  ) {}

  /** A successful payment is asked about too: what was taken back shows there. */
  async execute(aggregate: TransactionAggregate, actorId: string): Promise<AskedAgain[]> {
    const answers: AskedAgain[] = [];
    for (const attempt of aggregate.attempts) {
      const outcome = isPayment(attempt)
        ? await this.asking.execute(aggregate, attempt, actorId)
        : isOpenTry(attempt)
          ? await this.askRefund(attempt)
          : undefined;
      if (outcome !== undefined) answers.push({ attemptId: attempt.id, attemptUid: attempt.uid, outcome });
    }
    return answers;
  }

  private async askRefund(attempt: Attempt): Promise<string> {
    await this.changes.execute(attempt.transactionId, null, (aggregate, now) => {
      const fresh = aggregate.attempts.find(({ id }) => id === attempt.id);
      // A try that is being called this very moment is its worker's.
      if (fresh === undefined || !isOpenTry(fresh) || isBeingCalled(fresh)) return { result: undefined };
      const before = aggregate.transaction;
      const after = { ...before, version: before.version + 1 };
      return { change: { before, after, changedAttempts: [{ ...fresh, nextQueryAt: now }] }, result: undefined };
    });
    await this.refunds.execute(attempt.id);
    return 'ASKED';
  }
}
