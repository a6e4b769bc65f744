import { Injectable } from '@nestjs/common';
import { MERCHANT_CDC_TOPICS } from '@nx/contracts';
import { REPLAY_HEADER, type BatchLook, type InboundRecord } from '@nx/messaging';
import { Logger } from '@nx/observability';
import type { TaxInfo } from '../tax-info/tax-info';
import { TaxInfoRepository, type Advance } from '../tax-info/tax-info.repository';
import { FeedLag } from './feed-lag';
import { knownChange, type KnownChange } from './known-change';
import { readMerchantChange, type MerchantNews } from './merchant-change';
import { tellSkipped } from './tell-skipped';

interface Known {
  readonly record: InboundRecord;
  readonly news: MerchantNews;
  readonly change: KnownChange;
}

/**
 * Most changes of a merchant are not about taxes. Those of a batch that say nothing new are settled together: what is
 * stored is read once for all their merchants, and the places that they move are written once. Everything else, and
 * whatever follows it of the same merchant, has its own turn.
 */
@Injectable()
export class SettleKnownChanges implements BatchLook {
  readonly source = { cdc: [...MERCHANT_CDC_TOPICS] };

  constructor(
    private readonly taxInfo: TaxInfoRepository,
    private readonly lag: FeedLag,
    private readonly logger: Logger,
  ) {}

  async settle(records: readonly InboundRecord[]): Promise<ReadonlySet<InboundRecord>> {
    const read = leading(records);
    const seen = await this.taxInfo.ofMerchants([...new Set(read.map(({ news }) => news.merchantId))]);
    const { known, advances } = judge(read, seen);
    const moved = new Set(advances.length === 0 ? [] : await this.taxInfo.advanceAll(advances));
    // Whose row was changed by somebody else meanwhile is read again, record by record.
    const changed = new Set(advances.map(({ merchantId }) => merchantId).filter((id) => !moved.has(id)));
    const settled = known.filter(({ news }) => !changed.has(news.merchantId));
    for (const { news, change } of settled) {
      tellSkipped(this.logger, news, change.skip);
      this.lag.handled(news);
    }
    return new Set(settled.map(({ record }) => record));
  }
}

/** The updates of each merchant before anything else that is said of him; a replay goes its own way. */
function leading(records: readonly InboundRecord[]): { record: InboundRecord; news: MerchantNews }[] {
  const left = new Set<string>();
  let unreadable = false;
  return records.flatMap((record) => {
    const news = unreadable ? null : readOrNull(record);
    // Of whom a record speaks that cannot be read nobody knows, so it could be about any.
    if (news === undefined) unreadable = true;
    if (news === undefined || news === null || left.has(news.merchantId)) return [];
    if (news.op === 'u' && record.headers[REPLAY_HEADER] === undefined) return [{ record, news }];
    left.add(news.merchantId);
    return [];
  });
}

/** Null for what is ignored, such as a tombstone; undefined for a record that is refused. */
function readOrNull(record: InboundRecord): MerchantNews | null | undefined {
  try {
    return readMerchantChange(record.value);
  } catch {
    // Its own turn parks it.
    return undefined;
  }
}

/** Goes through the records in their order, with what would be stored after each of them. */
function judge(
  read: readonly { record: InboundRecord; news: MerchantNews }[],
  seen: ReadonlyMap<string, TaxInfo>,
): { known: Known[]; advances: Advance[] } {
  const known: Known[] = [];
  const present = new Map(seen);
  const left = new Set<string>();
  const moved = new Set<string>();
  for (const { record, news } of read) {
    const { merchantId } = news;
    const stored = present.get(merchantId);
    const change = left.has(merchantId) ? undefined : knownChange(news, stored);
    if (change === undefined || stored === undefined) left.add(merchantId);
    else {
      known.push({ record, news, change });
      if (!change.advances) continue;
      moved.add(merchantId);
      present.set(merchantId, { ...stored, ...laterPlace(stored, news) });
    }
  }
  const advances = [...moved].toSorted().flatMap((merchantId) => {
    const [before, after] = [seen.get(merchantId), present.get(merchantId)];
    if (before === undefined || after === undefined) return [];
    const { sourceLsn, sourceTs } = after;
    return [{ merchantId, sourceLsn, sourceTs, seenLsn: before.sourceLsn, seenAt: before.modifiedAt }];
  });
  return { known, advances };
}

/** As PostgreSQL's `greatest`: what is not known does not count. */
function laterPlace(stored: TaxInfo, { lsn, at }: MerchantNews): Pick<TaxInfo, 'sourceLsn' | 'sourceTs'> {
  const { sourceLsn, sourceTs } = stored;
  return {
    sourceLsn: lsn !== null && (sourceLsn === null || BigInt(lsn) > BigInt(sourceLsn)) ? lsn : sourceLsn,
    sourceTs: at !== null && (sourceTs === null || at > sourceTs) ? at : sourceTs,
  };
}
