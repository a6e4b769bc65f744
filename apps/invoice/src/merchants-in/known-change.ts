import type { TaxInfo } from '../tax-info/tax-info';
import { compareMerchant, type SkipReason } from './compare-merchant';
import type { MerchantNews } from './merchant-change';

/** A record that says nothing new. */
export interface KnownChange {
  readonly skip: SkipReason;
  /** Whether it moves the place up to which the source was read, so that an older one cannot follow. */
  readonly advances: boolean;
}

/** Whether a record changes nothing of what is stored; undefined for one that does, or may. */
export function knownChange(news: MerchantNews, stored: TaxInfo | undefined): KnownChange | undefined {
  if (news.op !== 'u' || stored === undefined) return undefined;
  const { place, skip } = compareMerchant(news, stored);
  // One between the newest and the data in use moves the place of the data, also where it says the same.
  if (skip === undefined || place === 'between') return undefined;
  if (skip !== 'tax unchanged') return { skip, advances: false };
  if (news.organizerId !== stored.organizerId || news.name !== stored.merchantName) return undefined;
  return { skip, advances: news.tax !== undefined };
}
