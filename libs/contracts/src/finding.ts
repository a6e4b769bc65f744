/** Words of the list of findings: things about money that somebody has to look at. */

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
