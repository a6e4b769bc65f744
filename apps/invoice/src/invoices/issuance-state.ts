import type { IssuanceStatus } from '@nx/contracts';

/**
 * Every change of an invoice's issuance status that exists, with what leads to it. What is not here is refused by the
 * guard of `ChangeInvoice`.
 */
export const ISSUANCE_TRANSITIONS: Readonly<Record<IssuanceStatus, readonly IssuanceStatus[]>> = {
  // A worker took it · cancelled before anything was sent · data that can never be sent.
  PENDING: ['PENDING', 'PROCESSING', 'CANCELLED', 'FAILED'],
  // Number · proven not issued, again later · refused or retries used up · may have been issued.
  PROCESSING: ['SUCCESS', 'PENDING', 'FAILED', 'UNKNOWN'],
  // Found · proven not issued · proven not issued and retries used up · the next look-up.
  UNKNOWN: ['SUCCESS', 'PENDING', 'FAILED', 'UNKNOWN'],
  // A person tries again after a correction, or gives it up.
  FAILED: ['PENDING', 'CANCELLED'],
  SUCCESS: [],
  CANCELLED: [],
};

/** True when the table has this change. */
export const mayChange = (from: IssuanceStatus, to: IssuanceStatus): boolean => ISSUANCE_TRANSITIONS[from].includes(to);

/**
 * Walks the table from PENDING. Throws an Error for a status that cannot be reached, so that a wrong table stops the
 * start and not a sale.
 */
export function assertIssuanceStates(): void {
  const reached = new Set<IssuanceStatus>(['PENDING']);
  for (const status of reached) for (const next of ISSUANCE_TRANSITIONS[status]) reached.add(next);
  const lost = (Object.keys(ISSUANCE_TRANSITIONS) as IssuanceStatus[]).filter((status) => !reached.has(status));
  if (lost.length > 0) throw new Error(`issuance states that nothing leads to: ${lost.join(', ')}`);
}
