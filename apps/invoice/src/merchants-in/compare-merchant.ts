import type { TaxFinding, TaxInfo } from '../tax-info/tax-info';
import { isOlder, type MerchantNews } from './merchant-change';
import { dataOf, diffTax, type TaxDiff } from './tax-diff';

/** Why a record says nothing new about taxes; operators grep for these words. */
export type SkipReason = 'older than stored' | 'tax unchanged';

export interface Comparison {
  readonly skip: SkipReason | undefined;
  readonly diff: TaxDiff;
}

/** What a record says against what is stored of the merchant. */
export const compareMerchant = (news: MerchantNews, stored: TaxInfo | undefined): Comparison => {
  const data = dataOf(stored);
  const findings = stored?.findings ?? [];
  // A record that leaves the tax data out says nothing about it.
  const silent: TaxDiff = { changed: [], data, findings, needsRegistration: false };
  if (stored !== undefined && isOlder(news, stored)) return { skip: 'older than stored', diff: silent };
  const diff = news.tax === undefined ? silent : diffTax(data, news.tax);
  const same = diff.changed.length === 0 && sameFindings(diff.findings, findings);
  return { skip: same ? 'tax unchanged' : undefined, diff };
};

export const sameFindings = (left: readonly TaxFinding[], right: readonly TaxFinding[]): boolean =>
  left.length === right.length &&
  left.every((finding, index) => finding.code === right[index]?.code && finding.value === right[index]?.value);
