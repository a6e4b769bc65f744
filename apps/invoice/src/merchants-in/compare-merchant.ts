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
  /**
   * The members of the tax data that the record would change, and `findings` where it would be kept aside, or would end
   * that something is. Empty for a record that changes nothing.
   */
  readonly members: readonly string[];
}

/** What a record says against what is stored of the merchant. */
export const compareMerchant = (news: MerchantNews, stored: TaxInfo | undefined): Comparison => {
  const data = dataOf(stored);
  const findings = stored?.findings ?? [];
  const place = placeOf(news, stored);
  // A record that leaves the tax data out says nothing about it.
  const silent: TaxDiff = { changed: [], data, findings, needsRegistration: false };
  if (place === 'older') return { place, skip: 'older than stored', diff: silent, members: [] };
  const diff = news.tax === undefined ? silent : diffTax(data, news.tax);
  const same = place === 'between' || sameFindings(diff.findings, findings);
  const members = same ? diff.changed : [...diff.changed, 'findings'];
  return { place, skip: members.length === 0 ? 'tax unchanged' : undefined, diff, members };
};
