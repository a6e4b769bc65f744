import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { REPLAY_HEADER, type InboundRecord } from '@nx/messaging';
import { CLOCK, Logger } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { IdGenerator, Inbox } from '@nx/reliable';
import { Findings } from '../findings/findings';
import { InvoiceConfig } from '../invoice.config';
import { ReleaseInvoices } from '../invoices/release-invoices';
import type { TaxFinding, TaxInfo } from '../tax-info/tax-info';
import { TaxInfoRepository } from '../tax-info/tax-info.repository';
import { compareMerchant, sameFindings, type SkipReason } from './compare-merchant';
import { readMerchantChange, type MerchantNews } from './merchant-change';
import type { TaxDiff } from './tax-diff';

/** Keeps TaxInfo equal to what commerce says about a merchant's taxes. */
@Injectable()
export class HandleMerchantChange {
  constructor(
    private readonly database: Database,
    private readonly inbox: Inbox,
    private readonly findings: Findings,
    private readonly taxInfo: TaxInfoRepository,
    private readonly release: ReleaseInvoices,
    private readonly ids: IdGenerator,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(record: InboundRecord): Promise<void> {
    const news = readMerchantChange(record.value);
    if (news === null) {
      this.logger.debug('[handleMerchantCDC] delete or tombstone, SKIP');
      return;
    }
    // Most changes of a merchant are not about taxes, so the comparison comes before any transaction.
    if (await this.isKnown(news)) return;
    const changed = await this.database.transaction((tx) => this.apply(tx, record, news));
    if (changed) await this.release.execute(news.merchantId);
  }

  private async isKnown(news: MerchantNews): Promise<boolean> {
    if (news.op !== 'u') return false;
    const stored = await this.taxInfo.ofMerchant(news.merchantId);
    if (stored === undefined) return false;
    const { skip } = compareMerchant(news, stored);
    if (skip === undefined) return false;
    if (skip === 'tax unchanged') {
      if (news.organizerId !== stored.organizerId || news.name !== stored.merchantName) return false;
      if (news.tax !== undefined) await this.taxInfo.advance(news.merchantId, news.lsn, news.at);
    }
    this.skip(news, skip);
    return true;
  }

  /** True when the stored data changed. */
  private async apply(tx: Tx, record: InboundRecord, news: MerchantNews): Promise<boolean> {
    const consumer = this.config.kafka.groupId ?? this.config.application.code;
    const replay = record.headers[REPLAY_HEADER] !== undefined;
    if (!(await this.inbox.firstTime(tx, consumer, record.eventId, { replay }))) return false;
    const stored = await this.taxInfo.held(tx, news.merchantId);
    const { skip, diff } = compareMerchant(news, stored);
    if (skip === 'older than stored') {
      this.skip(news, skip);
      return false;
    }
    const now = new Date(this.clock.now());
    await this.taxInfo.save(tx, this.merged(news, stored, diff, now));
    const { changed, findings } = diff;
    await this.tell(tx, news, stored, findings);
    if (skip !== undefined) {
      this.skip(news, skip);
      return false;
    }
    if (diff.needsRegistration) {
      const reason = `${changed.filter((name) => name === 'taxCode' || name === 'taxMethod').join(', ')} changed`;
      await this.taxInfo.flagRegistration(tx, news.merchantId, this.ids.next(), reason, now);
    }
    this.logger.info(
      `[handleMerchantCDC] op=${news.op} merchant: ${news.merchantId}, changed: ${changed.join(' ') || 'nothing'}` +
        (findings.length === 0 ? '' : `, kept aside: ${findings.map(({ code }) => code).join(' ')}`),
    );
    return changed.length > 0;
  }

  private merged(news: MerchantNews, stored: TaxInfo | undefined, diff: TaxDiff, now: Date): TaxInfo {
    const { taxMethod, ...rest } = diff.data;
    return {
      id: stored?.id ?? this.ids.next(),
      merchantId: news.merchantId,
      organizerId: news.organizerId,
      merchantName: news.name,
      ...rest,
      // The diff lets nothing else through.
      taxMethod: taxMethod === 'DEDUCTION' || taxMethod === 'DIRECT' ? taxMethod : null,
      // A record that leaves the tax data out says nothing about its place: an older one may still bring it.
      sourceLsn: (news.tax === undefined ? null : news.lsn) ?? stored?.sourceLsn ?? null,
      sourceTs: (news.tax === undefined ? null : news.at) ?? stored?.sourceTs ?? null,
      findings: diff.findings,
      modifiedAt: now,
    };
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

  private skip(news: MerchantNews, why: SkipReason): void {
    this.logger.info(`[handleMerchantCDC] op=${news.op} ${why}, SKIP`, { merchant: news.merchantId });
  }
}
