import { toSafeNumber } from '@nx/money';
import type { Finding } from './finding';
import type { FindingView } from './finding.dto';

export const findingView = (finding: Finding): FindingView => ({
  ...finding,
  createdAt: new Date(finding.createdAt).toISOString(),
  modifiedAt: new Date(finding.modifiedAt).toISOString(),
  resolvedAt: finding.resolvedAt === null ? null : new Date(finding.resolvedAt).toISOString(),
  suspense:
    finding.suspense === null
      ? null
      : {
          ...finding.suspense,
          amount: toSafeNumber(finding.suspense.amount),
          left: toSafeNumber(finding.suspense.left),
        },
});
