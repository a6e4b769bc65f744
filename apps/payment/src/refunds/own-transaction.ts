import { AppError } from '@nx/contracts';
import type { TransactionAggregate } from '../transactions/transaction';

/** The aggregate itself. Throws `payment.transaction.not_found`: another merchant's transaction does not exist here. */
export const ownTransaction = (
  aggregate: TransactionAggregate | undefined,
  merchantId: string,
): TransactionAggregate => {
  if (aggregate?.transaction.merchantId === merchantId) return aggregate;
  throw new AppError({ code: 'payment.transaction.not_found', detail: 'The merchant has no such transaction.' });
};
