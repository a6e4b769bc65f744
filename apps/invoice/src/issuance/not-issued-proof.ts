/** What is known when a look-up has said "no such invoice". Instants in ms. */
export interface NegativeLookUp {
  /** End of the last call that may have issued. */
  readonly lastIssueEndedAt: number;
  /** First negative look-up that counts; null = none yet. */
  readonly notFoundSince: number | null;
  /** When this look-up was sent: what happens at the provider later is not in its answer. */
  readonly askedAt: number;
  readonly longestProcessingMs: number;
  readonly gapMs: number;
}

/** What a negative look-up proves. */
export type NegativeVerdict =
  /** Nothing yet: the provider may still be working on the call. */
  | { readonly kind: 'TOO_EARLY'; readonly askAgainAt: number }
  /** It is the first of two. */
  | { readonly kind: 'FIRST'; readonly askAgainAt: number }
  | { readonly kind: 'WAIT'; readonly askAgainAt: number }
  /** Nothing was issued under the key: it may be sent again. */
  | { readonly kind: 'PROVEN' };

/**
 * "Not issued" needs two negative look-ups at least `gapMs` apart, the first after the provider's longest processing
 * time: an invoice that is still on its way is not found either.
 */
export function judgeNegative(look: NegativeLookUp): NegativeVerdict {
  const countsFrom = look.lastIssueEndedAt + look.longestProcessingMs;
  if (look.askedAt < countsFrom) return { kind: 'TOO_EARLY', askAgainAt: countsFrom };
  if (look.notFoundSince === null) return { kind: 'FIRST', askAgainAt: look.askedAt + look.gapMs };
  const provenFrom = look.notFoundSince + look.gapMs;
  return look.askedAt >= provenFrom ? { kind: 'PROVEN' } : { kind: 'WAIT', askAgainAt: provenFrom };
}
