import type { ChargebackStatusCode } from '@nx/contracts';
import type { ProviderCode, SettlementModel } from '@nx/mq-pay';

/** A payment that a buyer contests with his bank. Instants in ms, amounts in minor units. */
export interface Chargeback {
  readonly id: string;
  readonly transactionId: string;
  readonly merchantId: string;
  /** The contested attempt. */
  readonly attemptId: string;
  readonly provider: ProviderCode;
  /** The provider's number of the case; unique with the provider. */
  readonly chargebackReference: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly reason: string;
  readonly status: ChargebackStatusCode;
  readonly settlementModel: SettlementModel;
  /** What of the sale was still in our custody at the opening; matters with PLATFORM alone. */
  readonly ownerAvailable: bigint;
  /** Until when our evidence has to be with the provider. */
  readonly dueAt: number | null;
  /** When people are reminded next of that; null where nobody has to be. */
  readonly nextReminderAt: number | null;
  readonly evidence: string | null;
  readonly submittedAt: number | null;
  readonly outcomeEvidence: string | null;
  readonly finishedAt: number | null;
  readonly createdAt: number;
  readonly createdBy: string | null;
}

/** Not decided yet: nothing else goes back to the buyer meanwhile. */
export const isUndecided = ({ status }: Chargeback): boolean => status === 'OPEN' || status === 'SUBMITTED';
