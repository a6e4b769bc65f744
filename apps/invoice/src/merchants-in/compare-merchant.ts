import type { TaxInfo } from '../tax-info/tax-info';
import type { MerchantNews } from './merchant-change';
import { placeOf, type RecordPlace } from './record-place';
import { dataOf, diffTax, sameFindings, type TaxDiff } from './tax-diff';

/** Why a record says nothing new about taxes; operators grep for these words. */
export type SkipReason = 'older than stored' | 'tax unchanged';

export interface Comparison {
  readonly place: RecordPlace;
  readonly skip: SkipReason | undefined;
  readonly diff: TaxDiff;
}

/** What a record says against what is stored of the merchant. */
export const compareMerchant = (news: MerchantNews, stored: TaxInfo | undefined): Comparison => {
  const data = dataOf(stored);
  const findings = stored?.findings ?? [];
  const place = placeOf(news, stored);
  // A record that leaves the tax data out says nothing about it.
  const silent: TaxDiff = { changed: [], data, findings, needsRegistration: false };
  if (place === 'older') return { place, skip: 'older than stored', diff: silent };
  const diff = news.tax === undefined ? silent : diffTax(data, news.tax);
  const same = diff.changed.length === 0 && (place === 'between' || sameFindings(diff.findings, findings));
  return { place, skip: same ? 'tax unchanged' : undefined, diff };
};

/**
 * The members of the tax data that the record would change, and `findings` where it would be kept aside, or would end
 * that something is. Empty for a record that changes nothing.
 */
export function disagreement(news: MerchantNews, stored: TaxInfo | undefined): readonly string[] {
  const { place, diff, skip } = compareMerchant(news, stored);
  if (skip !== undefined) return [];
  const same = place === 'between' || sameFindings(diff.findings, stored?.findings ?? []);
  return same ? diff.changed : [...diff.changed, 'findings'];
}
