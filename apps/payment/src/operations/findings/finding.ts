export const FINDING_STATUSES = ['OPEN', 'RESOLVED'] as const;
export type FindingStatus = (typeof FINDING_STATUSES)[number];

/** What came of a finding. The first five are given by the change that explains it, the others by people. */
export const FINDING_OUTCOMES = [
  /** The money came to count for a sale. */
  'ACCEPTED',
  /** The money went back to the buyer. */
  'REFUNDED',
  /** The provider took the money back. */
  'REVERSED',
  /** What was not known has been proven. */
  'PROVEN',
  /** The transaction that it blocked was looked at and unblocked. */
  'UNBLOCKED',
  /** Nothing is wrong; the note says why. */
  'EXPLAINED',
  /** It was mended elsewhere; the note says where. */
  'CORRECTED',
  /** Another finding tells the same; the note names it. */
  'DUPLICATE',
  /** A loss that the house bears; the note names who agreed. */
  'WRITTEN_OFF',
] as const;
export type FindingOutcome = (typeof FINDING_OUTCOMES)[number];

/** Something that a person has to look at, with who does and what came of it. Instants in ms. */
export interface Finding {
  readonly id: string;
  /** A stable word, for example `LATE_SUCCESS`. */
  readonly code: string;
  readonly status: FindingStatus;
  readonly merchantId: string | null;
  readonly transactionId: string | null;
  readonly attemptId: string | null;
  readonly detail: string;
  readonly owner: string | null;
  readonly outcome: string | null;
  readonly note: string | null;
  readonly createdAt: number;
  readonly modifiedAt: number;
  readonly resolvedBy: string | null;
  readonly resolvedAt: number | null;
  /** The money in suspense that it is about. */
  readonly suspense: FindingSuspense | null;
}

export interface FindingSuspense {
  readonly id: string;
  readonly providerReference: string;
  readonly amount: bigint;
  /** Neither accepted nor given back nor taken back by the provider. */
  readonly left: bigint;
  readonly currency: string;
}

/** Outcomes that only the system gives: each names the effect that explains the finding. */
const BY_THE_SYSTEM: ReadonlySet<FindingOutcome> = new Set(['ACCEPTED', 'REFUNDED', 'REVERSED', 'PROVEN', 'UNBLOCKED']);

/** What a person may say came of a finding. */
export const OUTCOMES_BY_PEOPLE: readonly FindingOutcome[] = FINDING_OUTCOMES.filter(
  (outcome) => !BY_THE_SYSTEM.has(outcome),
);
