import { Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import type { Answer, OnceRequest } from '@nx/http';
import { Database } from '@nx/persistence';
import { refundNotFound } from '../../refunds/refund-problem';
import type { RefundView } from '../../refunds/refund.dto';
import { RetryRefund } from '../../refunds/retry-refund';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { LoadTransaction } from './load-transaction';
import { OperatorActs } from './operator-acts';
import type { RetryFailedRefundRequest } from './retry-refund.dto';

/** Tries a failed refund of any merchant again, for an operator. Above the merchant's limit it takes a second one. */
@Injectable()
export class RetryFailedRefund {
  constructor(
    private readonly database: Database,
    private readonly loading: LoadTransaction,
    private readonly retrying: RetryRefund,
    private readonly acts: OperatorActs,
  ) {}

  /** Throws `payment.refund.*`, `payment.approval.*`. */
  async execute(
    refundId: string,
    request: RetryFailedRefundRequest,
    actor: Actor,
    key?: OnceRequest,
  ): Promise<RefundView | Answer<ApprovalRequired>> {
    const [row] = await this.database.query<{ transaction_id: string }>(
      'SELECT transaction_id FROM "Refund" WHERE id = $1',
      [refundId],
    );
    if (row === undefined) throw refundNotFound();
    const { transaction } = await this.loading.execute(row.transaction_id);
    const { reason, ...retry } = request;
    // The limit is kept where the try begins, which uses the approval.
    const act = {
      operation: 'refund.retry',
      transaction,
      payload: { refundId, ...retry },
      actor,
      reason,
      amountMinor: 'NEVER',
      approvalId: undefined,
    } as const;
    const alongside = this.acts.alongside(act, { before: { refundId }, after: { ...retry } });
    const { merchantId } = transaction;
    return this.retrying.execute(transaction.id, refundId, retry, { ...actor, merchantId }, { alongside, key });
  }
}
