import { Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { AppError } from '@nx/contracts';
import { transactionDetailView, type TransactionDetailView } from '../../transactions/transaction.view';
import { LoadTransaction } from '../resolutions/load-transaction';
import { OperatorActs } from '../resolutions/operator-acts';
import { BlockTransaction } from './block-transaction';

/** Stops a transaction because a person says so. One person may: it loses nothing, and lifting it takes two. */
@Injectable()
export class BlockByOperator {
  constructor(
    private readonly loading: LoadTransaction,
    private readonly blocking: BlockTransaction,
    private readonly acts: OperatorActs,
  ) {}

  /** Blocking a blocked one changes nothing. Throws `payment.transaction.not_blockable` and not found. */
  async execute(name: string, reason: string, actor: Actor): Promise<TransactionDetailView> {
    const { transaction } = await this.loading.execute(name);
    const alongside = this.acts.alongside(
      {
        operation: 'transaction.block',
        transaction,
        payload: { transactionId: transaction.id },
        actor,
        reason,
        amountMinor: 'NEVER',
        approvalId: undefined,
      },
      { before: { status: transaction.status }, after: { status: '403_BLOCKED' } },
    );
    const outcome = await this.blocking.execute(transaction.id, {
      code: 'BLOCKED_BY_OPERATOR',
      detail: reason,
      actorId: actor.userId,
      alongside,
    });
    if (outcome === 'CLOSED') {
      throw new AppError({
        code: 'payment.transaction.not_blockable',
        detail: `The transaction is ${transaction.status}.`,
      });
    }
    return transactionDetailView(await this.loading.execute(transaction.id));
  }
}
