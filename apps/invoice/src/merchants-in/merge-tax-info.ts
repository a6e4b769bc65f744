import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK, Logger } from '@nx/observability';
import type { Tx } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import { Findings } from '../findings/findings';
import type { TaxFinding, TaxInfo, TaxMember } from '../tax-info/tax-info';
import { TaxInfoRepository } from '../tax-info/tax-info.repository';
import { compareMerchant, type Comparison } from './compare-merchant';
import type { MerchantNews } from './merchant-change';
import { placeOfData, type RecordPlace } from './record-place';
import { sameFindings, type TaxDiff } from './tax-diff';
import { tellSkipped } from './tell-skipped';

/** What became of a record. */
export interface Merged {
  readonly place: RecordPlace;
  readonly before: TaxInfo | undefined;
  readonly after: TaxInfo | undefined;
  readonly changed: readonly TaxMember[];
}

/**
 * Brings TaxInfo to what one record says, whoever read it and in whatever order they come. The newest valid record is
 * the data in use; an invalid one is kept aside and hides none, neither before it nor after.
 */
@Injectable()
export class MergeTaxInfo {
  constructor(
    private readonly findings: Findings,
    private readonly taxInfo: TaxInfoRepository,
    private readonly ids: IdGenerator,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(tx: Tx, news: MerchantNews): Promise<Merged> {
    const before = await this.taxInfo.held(tx, news.merchantId);
    const { place, skip, diff } = compareMerchant(news, before);
    const now = new Date(this.clock.now());
    const after = await this.store(tx, news, before, { place, diff }, now);
    if (skip === undefined) await this.changed(tx, news, diff, now);
    else tellSkipped(this.logger, news, skip);
    return { place, before, after, changed: diff.changed };
  }

  /** What is stored from now on; also a record that changes nothing moves the place of the data. */
  private async store(
    tx: Tx,
    news: MerchantNews,
    before: TaxInfo | undefined,
    { place, diff }: Pick<Comparison, 'place' | 'diff'>,
    now: Date,
  ): Promise<TaxInfo | undefined> {
    if (place === 'older') return before;
    const after = place === 'between' ? this.between(news, before, diff, now) : this.newest(news, before, diff, now);
    await this.taxInfo.save(tx, after);
    if (place === 'newest') await this.tell(tx, news, before, diff.findings);
    return after;
  }

  private async changed(tx: Tx, news: MerchantNews, diff: TaxDiff, now: Date): Promise<void> {
    const { changed, findings } = diff;
    if (diff.needsRegistration) {
      const reason = `${changed.filter((name) => name === 'taxCode' || name === 'taxMethod').join(', ')} changed`;
      await this.taxInfo.flagRegistration(tx, news.merchantId, this.ids.next(), reason, now);
    }
    this.logger.info(
      `[handleMerchantCDC] op=${news.op} merchant: ${news.merchantId}, changed: ${changed.join(' ') || 'nothing'}` +
        (findings.length === 0 ? '' : `, kept aside: ${findings.map(({ code }) => code).join(' ')}`),
    );
  }

  private newest(news: MerchantNews, stored: TaxInfo | undefined, diff: TaxDiff, now: Date): TaxInfo {
    // A record that leaves the tax data out says nothing about its place: an older one may still bring it.
    const told = news.tax !== undefined;
    const source = {
      sourceLsn: (told ? news.lsn : null) ?? stored?.sourceLsn ?? null,
      sourceTs: (told ? news.at : null) ?? stored?.sourceTs ?? null,
    };
    const kept = stored === undefined ? undefined : placeOfData(stored);
    const data =
      diff.findings.length === 0
        ? { dataLsn: source.sourceLsn, dataTs: source.sourceTs }
        : { dataLsn: kept?.lsn ?? null, dataTs: kept?.at ?? null };
    return {
      id: stored?.id ?? this.ids.next(),
      merchantId: news.merchantId,
      organizerId: news.organizerId,
      merchantName: news.name,
      ...dataIn(diff),
      ...source,
      ...data,
      findings: diff.findings,
      modifiedAt: now,
    };
  }

  /** The record kept aside stays the newest, and its case stays open. */
  private between(news: MerchantNews, stored: TaxInfo | undefined, diff: TaxDiff, now: Date): TaxInfo {
    if (stored === undefined) return this.newest(news, stored, diff, now);
    return { ...stored, ...dataIn(diff), dataLsn: news.lsn, dataTs: news.at, modifiedAt: now };
  }

  /** A case for the merchant's people while something is kept aside; it closes itself with the record that is right. */
  private async tell(
    tx: Tx,
    news: MerchantNews,
    stored: TaxInfo | undefined,
    now: readonly TaxFinding[],
  ): Promise<void> {
    const before = stored?.findings ?? [];
    if (sameFindings(now, before)) return;
    const note = now.length === 0 ? 'Commerce has sent data that can stand.' : 'Commerce has sent other data.';
    if (before.length > 0) await this.findings.causeGone(tx, ['TAX_DATA_INVALID'], news.merchantId, note);
    if (now.length === 0) return;
    const what = now.map(({ code, detail, value }) => `${code} ${value}: ${detail}`).join('; ');
    await this.findings.open(tx, {
      code: 'TAX_DATA_INVALID',
      merchantId: news.merchantId,
      organizerId: news.organizerId,
      subject: news.merchantId,
      detail: `Kept aside, nothing of it is used: ${what}. Correct it in the merchant's settings.`,
    });
  }
}

function dataIn({ data }: TaxDiff): TaxDiff['data'] & Pick<TaxInfo, 'taxMethod'> {
  const { taxMethod, ...rest } = data;
  // The diff lets nothing else through.
  return { ...rest, taxMethod: taxMethod === 'DEDUCTION' || taxMethod === 'DIRECT' ? taxMethod : null };
}
