import { Injectable } from '@nestjs/common';
import { REPLAY_HEADER, type InboundRecord } from '@nx/messaging';
import { Logger } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { Inbox } from '@nx/reliable';
import { InvoiceConfig } from '../invoice.config';
import { ReleaseInvoices } from '../invoices/release-invoices';
import { TaxInfoRepository } from '../tax-info/tax-info.repository';
import { FeedLag } from './feed-lag';
import { knownChange } from './known-change';
import { readMerchantChange, type MerchantNews } from './merchant-change';
import { MergeTaxInfo } from './merge-tax-info';
import { tellSkipped } from './tell-skipped';

/** Keeps TaxInfo equal to what commerce says about a merchant's taxes. */
@Injectable()
export class HandleMerchantChange {
  constructor(
    private readonly database: Database,
    private readonly inbox: Inbox,
    private readonly taxInfo: TaxInfoRepository,
    private readonly merge: MergeTaxInfo,
    private readonly release: ReleaseInvoices,
    private readonly lag: FeedLag,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
  ) {}

  async execute(record: InboundRecord): Promise<void> {
    const news = readMerchantChange(record.value);
    if (news === null) {
      this.logger.debug('[handleMerchantCDC] delete or tombstone, SKIP');
      return;
    }
    // Most changes of a merchant are not about taxes, so the comparison comes before any transaction.
    if (!(await this.isKnown(news))) {
      const changed = await this.database.transaction((tx) => this.apply(tx, record, news));
      if (changed) await this.release.execute(news.merchantId);
    }
    this.lag.handled(news);
  }

  private async isKnown(news: MerchantNews): Promise<boolean> {
    if (news.op !== 'u') return false;
    const known = knownChange(news, await this.taxInfo.ofMerchant(news.merchantId));
    if (known === undefined) return false;
    if (known.advances) await this.taxInfo.advance(news.merchantId, news.lsn, news.at);
    tellSkipped(this.logger, news, known.skip);
    return true;
  }

  /** True when the stored data changed. */
  private async apply(tx: Tx, record: InboundRecord, news: MerchantNews): Promise<boolean> {
    const consumer = this.config.kafka.groupId ?? this.config.application.code;
    const replay = record.headers[REPLAY_HEADER] !== undefined;
    if (!(await this.inbox.firstTime(tx, consumer, record.eventId, { replay }))) return false;
    const { changed } = await this.merge.execute(tx, news);
    return changed.length > 0;
  }
}
