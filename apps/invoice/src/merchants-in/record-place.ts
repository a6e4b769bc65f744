import type { TaxInfo } from '../tax-info/tax-info';
import { isOlder, type MerchantNews } from './merchant-change';
import { diffTax, NO_TAX_DATA } from './tax-diff';

/**
 * Where a record belongs among those that were seen. `between`: older than the newest one, which is kept aside, and not
 * older than the data in use.
 */
export type RecordPlace = 'newest' | 'between' | 'older';

/** The place of the data in use; undefined where it is not known. */
export function placeOfData(stored: TaxInfo): { lsn: string | null; at: Date | null } | undefined {
  if (stored.findings.length === 0) return { lsn: stored.sourceLsn, at: stored.sourceTs };
  const { dataLsn: lsn, dataTs: at } = stored;
  const empty = stored.taxCode === null && stored.fullName === null && stored.address === null;
  return lsn === null && at === null && !empty ? undefined : { lsn, at };
}

export function placeOf(news: MerchantNews, stored: TaxInfo | undefined): RecordPlace {
  if (stored === undefined || !isOlder(news, stored)) return 'newest';
  if (stored.findings.length === 0 || news.tax === undefined) return 'older';
  const data = placeOfData(stored);
  if (data === undefined || isOlder(news, { sourceLsn: data.lsn, sourceTs: data.at })) return 'older';
  return isValid(news) ? 'between' : 'older';
}

/** True when nothing of the record has to be kept aside. */
export const isValid = ({ tax }: MerchantNews): boolean =>
  tax === undefined || diffTax(NO_TAX_DATA, tax).findings.length === 0;
