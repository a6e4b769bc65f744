import type { Evidence } from '../../evidence/evidence';

/** One credit on the statement of the receiving account. */
export interface StatementCredit {
  /** The bank's own reference of the booking, unique per account. */
  readonly bankReference: string;
  readonly amountMinor: bigint;
  /** When the bank booked it (ms). */
  readonly bookedAtMs: number;
  /** BIN or name of the sender's bank, where the statement says so. */
  readonly senderBank?: string;
}

/**
 * What a credit proves about the attempt that its text names: the bank's statement is a report, so it needs no
 * signature. A credit of another amount is told as it is. Throws `RangeError` for a line that is no credit.
 */
export function evidenceOfCredit(credit: StatementCredit, receivedAtMs: number): Evidence {
  if (credit.amountMinor <= 0n) throw new RangeError('A credit is positive.');
  if (credit.bankReference.trim() === '') throw new RangeError('A credit has the bank’s reference.');
  return {
    source: 'REPORT',
    verdict: 'PAID',
    signed: false,
    receivedAtMs,
    providerReference: credit.bankReference,
    amountMinor: credit.amountMinor,
    paidAtMs: credit.bookedAtMs,
    ...(credit.senderBank === undefined ? {} : { bankCode: credit.senderBank }),
  };
}
