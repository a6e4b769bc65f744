import { FINDING_OUTCOMES, type FindingOutcome, type FindingStatus } from '@nx/contracts';

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
