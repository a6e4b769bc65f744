import type { IsoDate } from '../../vietnam-date';

/** A rule and the days on which it holds. A new law is a new row, never a changed one. */
export interface Effective {
  readonly effectiveFrom: IsoDate;
  /** The last day of the rule, null while no end is known. */
  readonly effectiveTo: IsoDate | null;
}

/** True when `date` lies in the rule's period, both ends included. */
export function covers(rule: Effective, date: IsoDate): boolean {
  return rule.effectiveFrom <= date && (rule.effectiveTo === null || date <= rule.effectiveTo);
}
