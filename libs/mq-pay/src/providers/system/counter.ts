import type { PaymentMethod } from '../../provider';
import type { TransactionStatus } from '../../states/machines';

/** Money handed over at the counter, as the cashier enters it. */
export interface CounterReceipt {
  readonly method: PaymentMethod;
  readonly amountMinor: bigint;
  readonly tenderedMinor: bigint;
  /** The bank's reference of a transfer; unique per receiving account. */
  readonly bankReference?: string;
}

export type CounterProblem =
  'METHOD_NOT_AT_COUNTER' | 'TENDERED_TOO_LITTLE' | 'TENDERED_NOT_AMOUNT' | 'BANK_REFERENCE_MISSING';

export type CounterResult =
  | { readonly accepted: true; readonly changeMinor: bigint }
  | { readonly accepted: false; readonly problem: CounterProblem };

/** Cash may be more than the amount (the change goes back); a transfer is exact and names its bank reference. */
export function receiveCounterMoney(receipt: CounterReceipt): CounterResult {
  const { amountMinor, tenderedMinor } = receipt;
  switch (receipt.method) {
    case '000_CASH':
      if (tenderedMinor < amountMinor) return { accepted: false, problem: 'TENDERED_TOO_LITTLE' };
      return { accepted: true, changeMinor: tenderedMinor - amountMinor };
    case '200_BANK_TRANSFER':
      if (tenderedMinor !== amountMinor) return { accepted: false, problem: 'TENDERED_NOT_AMOUNT' };
      if ((receipt.bankReference ?? '').trim() === '') return { accepted: false, problem: 'BANK_REFERENCE_MISSING' };
      return { accepted: true, changeMinor: 0n };
    default:
      return { accepted: false, problem: 'METHOD_NOT_AT_COUNTER' };
  }
}

/**
 * Why counter money cannot be recorded on this transaction, or null: it must be applied whole, because the buyer stands
 * there and can be told. Everything else would be money without a place.
 */
export function counterMoneyRefusal(state: {
  readonly transactionStatus: TransactionStatus;
  readonly dueMinor: bigint;
  readonly amountMinor: bigint;
}): 'TRANSACTION_CLOSED' | 'MORE_THAN_DUE' | null {
  if (state.transactionStatus !== '100_NEW' && state.transactionStatus !== '300_PARTIAL') return 'TRANSACTION_CLOSED';
  return state.amountMinor > state.dueMinor ? 'MORE_THAN_DUE' : null;
}
