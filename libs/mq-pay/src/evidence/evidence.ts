/** Where a statement about a payment comes from. */
export type EvidenceSource =
  /** The provider's callback. */
  | 'IPN'
  /** The provider's answer to our question. */
  | 'QUERY'
  /** A settlement report or a bank statement that was imported. */
  | 'REPORT'
  /** A person who has seen proof. */
  | 'OPERATOR'
  /** The cashier, about money in the hand: applied whole or refused, never kept aside. */
  | 'COUNTER'
  /** The buyer's browser: proves nothing, it only makes us ask. */
  | 'RETURN';

/** What the statement says. */
export type Verdict =
  /** Money was taken. */
  | 'PAID'
  /** A try to pay failed. Ends the attempt only where the provider says so itself (`finalStatus`) or by a query in time. */
  | 'DECLINED'
  /** The provider knows of no payment. */
  | 'NOT_FOUND'
  /** The provider knows of a payment and has not decided. */
  | 'PENDING'
  /** The outcome can be read either way (gateway 07, status 01): nobody may act on it. */
  | 'IN_DOUBT'
  /** We asked and learnt nothing. */
  | 'NO_ANSWER'
  /**
   * The money went back. Proven by a report or an operator alone; told by IPN or query (gateway status 04) it makes an
   * open attempt unknown and a paid one a finding.
   */
  | 'REVERSED';

/**
 * One statement about one attempt. The adapters make it; the caller has made sure that merchant and reference
 * are the attempt's own. All times are in ms; amounts in minor units.
 */
export interface Evidence {
  readonly source: EvidenceSource;
  readonly verdict: Verdict;
  /** Checksum verified over reference, merchant and amount. */
  readonly signed: boolean;
  readonly receivedAtMs: number;
  /** For a query: when we asked. A negative counts only by it. */
  readonly askedAtMs?: number;
  /** For a query: nobody can have forged the answer on its way (TLS, or a development endpoint). */
  readonly trustedChannel?: boolean;
  /** Identifies the payment together with the provider; always there with PAID and with a proven REVERSED. */
  readonly providerReference?: string;
  readonly amountMinor?: bigint;
  /** The provider's own time of payment. */
  readonly paidAtMs?: number;
  readonly bankCode?: string;
  /** A signed negative that the provider declares final for the attempt. */
  readonly finalStatus?: '500_FAIL' | '501_EXPIRED' | '505_CANCELLED';
  /** The provider's code, e.g. `04`; becomes the attempt's `reason`. */
  readonly code?: string;
}

/** A callback that nobody signed can come from anybody, so it changes nothing at all. */
export function isForgeable(evidence: Evidence): boolean {
  return evidence.source === 'IPN' && !evidence.signed;
}
