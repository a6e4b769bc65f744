import type { RefundKind, RefundStatusCode } from '@nx/contracts';

/** How people give money back that its provider did not. */
export type ByHand = 'CASH' | 'BANK_TRANSFER';

/** A promise to give an amount back. Each try of it is an attempt `300_REFUND`. Instants in ms, amounts minor units. */
export interface Refund {
  readonly id: string;
  readonly transactionId: string;
  readonly merchantId: string;
  /** The paid attempt whose money goes back. */
  readonly attemptId: string;
  readonly kind: RefundKind;
  /** With kind SUSPENSE: the item that goes back. */
  readonly suspenseItemId: string | null;
  /** Unique in the transaction, for good. */
  readonly clientReference: string;
  readonly amount: bigint;
  readonly currency: string;
  readonly reason: string;
  readonly status: RefundStatusCode;
  /** Null = as the money came. */
  readonly byHand: ByHand | null;
  readonly evidence: string | null;
  /** The success rests on an answer that nobody signed. */
  readonly toBeConfirmed: boolean;
  readonly finishedAt: number | null;
  readonly createdAt: number;
  readonly createdBy: string | null;
}

/** Whether money may be on its way: then nothing else of its attempt goes back. */
export const isInFlight = ({ status }: Refund): boolean =>
  status === 'NEW' || status === 'SENT' || status === 'UNKNOWN';
