import type { TransactionStatus } from '../states/machines';
import { openSuspenseRefund } from './open-refund';
import { leftInSuspense } from './refund';
import type { RefundableSuspense, RefundDecision } from './refund';

/** What an automatic refund of a suspense item depends on. */
export interface AutomaticRefundCircumstances {
  readonly item: RefundableSuspense;
  /** The merchant's setting. */
  readonly autoRefund: boolean;
  /** One has been opened for this item before, whatever became of it. */
  readonly automaticRefundOpened: boolean;
  /** Null where the item belongs to no transaction of ours. */
  readonly transactionStatus: TransactionStatus | null;
  readonly hasOpenChargeback: boolean;
  /** A refund of the attempt that brought the money is NEW, SENT or UNKNOWN. */
  readonly hasRefundInFlight: boolean;
}

/** Why nothing is opened now. LATER reasons pass by themselves: ask again after the next change. */
export type NoAutomaticRefund = 'SWITCHED_OFF' | 'OPENED_BEFORE' | 'NOTHING_LEFT' | 'LATER';

export type AutomaticRefund =
  | { readonly opens: true; readonly amountMinor: bigint; readonly decision: RefundDecision }
  | { readonly opens: false; readonly because: NoAutomaticRefund };

/**
 * Whether to give a suspense item back without being asked: once per item, everything that is left of it, never from a
 * blocked transaction (unblocking may still accept it). Neither the transaction's counters nor invoices are touched.
 */
export function decideAutomaticRefund(circumstances: AutomaticRefundCircumstances): AutomaticRefund {
  if (!circumstances.autoRefund) return { opens: false, because: 'SWITCHED_OFF' };
  if (circumstances.automaticRefundOpened) return { opens: false, because: 'OPENED_BEFORE' };
  const amountMinor = leftInSuspense(circumstances.item);
  const decision = amountMinor > 0n ? openSuspenseRefund(circumstances.item, amountMinor, 'NEW') : null;
  if (decision === null) return { opens: false, because: 'NOTHING_LEFT' };
  const { transactionStatus, hasOpenChargeback, hasRefundInFlight } = circumstances;
  if (transactionStatus === '403_BLOCKED' || hasOpenChargeback || hasRefundInFlight) {
    return { opens: false, because: 'LATER' };
  }
  return { opens: true, amountMinor, decision };
}
