import type { IsoDate } from '../vietnam-date';

/** Which version of the format documents of a day are written in. */
export interface VersionRule {
  readonly version: string;
  readonly effectiveFrom: IsoDate;
  readonly effectiveTo: IsoDate | null;
}

/** `PBan` by the document's date: 2.1.0 is seen since 2025, 2.0.0 before it (Decision 1450/QĐ-TCT and its revision). */
export const VERSION_RULES: readonly VersionRule[] = [
  { version: '2.0.0', effectiveFrom: '2021-11-01', effectiveTo: '2024-12-31' },
  { version: '2.1.0', effectiveFrom: '2025-01-01', effectiveTo: null },
];

/** The version of documents of a day. Throws a RangeError for a day before the format. */
export function documentVersion(date: IsoDate, rules: readonly VersionRule[] = VERSION_RULES): string {
  const rule = rules.find(
    ({ effectiveFrom, effectiveTo }) => effectiveFrom <= date && (effectiveTo === null || date <= effectiveTo),
  );
  if (rule === undefined) throw new RangeError(`no version of the format for ${date}`);
  return rule.version;
}
