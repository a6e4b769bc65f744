import { InvalidInvoiceError } from '../problem';
import { covers } from '../law/rules/effective';
import type { Effective } from '../law/rules/effective';
import type { IsoDate } from '../vietnam-date';

/** Which version of the format documents of a day are written in. */
export interface VersionRule extends Effective {
  readonly version: string;
}

/** `PBan` by the document's date: 2.1.0 is seen since 2025, 2.0.0 before it (Decision 1450/QĐ-TCT and its revision). */
export const VERSION_RULES: readonly VersionRule[] = [
  { version: '2.0.0', effectiveFrom: '2021-11-01', effectiveTo: '2024-12-31' },
  { version: '2.1.0', effectiveFrom: '2025-01-01', effectiveTo: null },
];

/** The version of documents of a day. Throws an InvalidInvoiceError for a day before the format. */
export function documentVersion(date: IsoDate, rules: readonly VersionRule[] = VERSION_RULES): string {
  const rule = rules.find((candidate) => covers(candidate, date));
  if (rule !== undefined) return rule.version;
  throw new InvalidInvoiceError([{ pointer: '/date', detail: `no version of the format covers ${date}` }]);
}
