import type { InboundRecord } from '@nx/messaging';
import { compareMerchant } from '../merchants-in/compare-merchant';
import { isOlder, readMerchantChange, type MerchantNews } from '../merchants-in/merchant-change';
import { isValid } from '../merchants-in/record-place';
import type { TaxInfo } from '../tax-info/tax-info';

/** A record of the feed. */
export interface Candidate {
  readonly news: MerchantNews;
  /** When the record came to the broker, ms. */
  readonly recordedAtMs: number;
}

/** A merchant's newest valid record, and one kept aside that is newer, where TaxInfo does not agree with them. */
export interface Disagreeing {
  valid?: Candidate;
  invalid?: Candidate;
}

/** Both in the order in which they have to be applied. */
export const inOrder = ({ valid, invalid }: Disagreeing): Candidate[] => {
  const hidden = valid !== undefined && invalid !== undefined && isOlder(invalid.news, placeIn(valid));
  return [valid, hidden ? undefined : invalid].filter((candidate) => candidate !== undefined);
};

/**
 * Compares records of the feed, in whatever order, with what is stored. It keeps only what differs, so its memory grows
 * with the drift and not with the feed: records that agree, or that something newer has overtaken, are forgotten.
 */
export class FeedComparison {
  readonly disagreeing = new Map<string, Disagreeing>();
  unreadable = 0;
  /** Of those asked for, the merchants whose tax data the feed has. */
  private readonly seen = new Set<string>();

  /** `merchantIds` null = all. */
  constructor(private readonly merchantIds: ReadonlySet<string> | null) {}

  /** What the records say of tax data; the merchants of it are to be read from the table before `take`. */
  read(records: readonly InboundRecord[]): Candidate[] {
    return records.flatMap((record) => {
      const news = this.newsOf(record);
      if (news === undefined || news.tax === undefined) return [];
      if (this.merchantIds !== null && !this.merchantIds.has(news.merchantId)) return [];
      if (this.merchantIds !== null) this.seen.add(news.merchantId);
      return [{ news, recordedAtMs: record.timestampMs }];
    });
  }

  take(found: readonly Candidate[], stored: ReadonlyMap<string, TaxInfo>): void {
    for (const candidate of found) {
      const { news } = candidate;
      const { merchantId } = news;
      const kind = isValid(news) ? 'valid' : 'invalid';
      const entry = this.disagreeing.get(merchantId) ?? {};
      const kept = entry[kind];
      const info = stored.get(merchantId);
      const overtaken = kept !== undefined && isOlder(news, placeIn(kept));
      if (overtaken) continue;
      if (compareMerchant(news, info).members.length > 0) entry[kind] = candidate;
      else delete entry[kind];
      if (entry.valid === undefined && entry.invalid === undefined) this.disagreeing.delete(merchantId);
      else this.disagreeing.set(merchantId, entry);
    }
  }

  /** Asked for by name, and not in the feed. */
  missing(): string[] {
    return [...(this.merchantIds ?? [])].filter((id) => !this.seen.has(id));
  }

  private newsOf(record: InboundRecord): MerchantNews | undefined {
    try {
      return readMerchantChange(record.value) ?? undefined;
    } catch {
      this.unreadable += 1;
      return undefined;
    }
  }
}

const placeIn = ({ news }: Candidate): { sourceLsn: string | null; sourceTs: Date | null } => ({
  sourceLsn: news.lsn,
  sourceTs: news.at,
});
