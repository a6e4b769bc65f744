import { Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { PaymentSettings } from '../configurations/payment-settings';
import type { ApprovalDemand } from '../operations/approvals/approval';
import type { Transaction } from '../transactions/transaction';

/** Money that is about to go back, as a second person reads it. */
export interface RefundDemand {
  /** `refund.open` or `refund.retry`. */
  readonly operation: string;
  readonly amountMinor: bigint;
  /** What was asked for, without the approval. */
  readonly asked: object;
  readonly actor: MerchantActor;
  readonly reason: string;
}

/** The merchant's limit above which giving money back takes a second person. */
@Injectable()
export class RefundLimit {
  constructor(private readonly settings: PaymentSettings) {}

  /**
   * What a second person has to approve: all that goes back of one sale counts together, or the limit would be kept by
   * many small refunds, or by one that failed and is tried again after another. Undefined = within the merchant's
   * limit, or he has none.
   */
  async secondPerson(transaction: Transaction, demand: RefundDemand): Promise<ApprovalDemand | undefined> {
    const { refundLimitMinor: limit } = await this.settings.ofMerchant(transaction.merchantId);
    const sum = transaction.refunded + transaction.refundReserved + demand.amountMinor;
    if (limit === null || sum <= BigInt(limit)) return undefined;
    return {
      operation: demand.operation,
      payload: { transactionId: transaction.id, merchantId: transaction.merchantId, ...demand.asked },
      actor: demand.actor,
      merchantId: transaction.merchantId,
      reason: demand.reason,
    };
  }
}
