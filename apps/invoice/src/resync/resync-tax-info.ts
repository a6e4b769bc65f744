import { Inject, Injectable } from '@nestjs/common';
import { SERVICES, type Clock } from '@nx/contracts';
import { readTopics, type ReadTopicsReport } from '@nx/messaging';
import { CLOCK, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { AuditTrail, WorkerLeases, type HeldLease } from '@nx/reliable';
import { InvoiceConfig } from '../invoice.config';
import { SYSTEM_ACTOR } from '../invoices/invoice-trail';
import { ReleaseInvoices } from '../invoices/release-invoices';
import { compareMerchant } from '../merchants-in/compare-merchant';
import type { MerchantNews } from '../merchants-in/merchant-change';
import { MergeTaxInfo, type Merged } from '../merchants-in/merge-tax-info';
import { dataOf } from '../merchants-in/tax-diff';
import type { TaxInfo } from '../tax-info/tax-info';
import { TaxInfoRepository } from '../tax-info/tax-info.repository';
import { FeedComparison, inOrder, type Candidate } from './compare-feed';
import { MOST_DIFFERENCES, type Difference, type Resync } from './resync';
import { ResyncRepository } from './resync.repository';

/** One reading at a time: it is the feed that takes the time. */
export const RESYNC_LEASE = 'invoice.cdc-resync';

/** Only a record that the consumer had so long for is drift; before it is lag. */
const SETTLING_MS = 60_000;

/**
 * Reads the change feed from its beginning and brings TaxInfo to each merchant's newest record, by the same guards as
 * the consumer: an older record never wins, and one that was lost, parked or handled wrongly is made good.
 */
@Injectable()
export class ResyncTaxInfo {
  constructor(
    private readonly database: Database,
    private readonly leases: WorkerLeases,
    private readonly rows: ResyncRepository,
    private readonly taxInfo: TaxInfoRepository,
    private readonly merge: MergeTaxInfo,
    private readonly release: ReleaseInvoices,
    private readonly audit: AuditTrail,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Reads the feed for one request, under its lease. Throws errors of brokers and database: it begins again. */
  async execute(resync: Resync, lease: HeldLease): Promise<void> {
    const comparison = new FeedComparison(resync.merchantIds === null ? null : new Set(resync.merchantIds));
    const report = await this.read(resync, comparison, lease);
    if (report.topics.length === 0)
      throw new Error(`no change feed: no topic ${this.config.neighbours.cdcTopics.join(' or ')}`);
    const differences: Difference[] = [];
    let differing = 0;
    for (const [merchantId, disagreeing] of comparison.disagreeing) {
      lease.signal.throwIfAborted();
      const difference = await this.settle(resync, merchantId, inOrder(disagreeing), lease);
      if (difference === undefined) continue;
      differing += 1;
      if (differences.length < MOST_DIFFERENCES) differences.push(difference);
    }
    const found = {
      ...report,
      unreadable: report.unreadable + comparison.unreadable,
      differing,
      differences,
      missing: comparison.missing(),
    };
    await this.database.transaction(async (tx) => {
      await this.leases.assertCurrent(tx, RESYNC_LEASE, lease.fencingToken);
      await this.rows.done(tx, resync.id, found, new Date(this.clock.now()));
    });
    this.logger.info('the change feed was read', { resync: resync.id, records: report.records, differing });
  }

  private async read(resync: Resync, comparison: FeedComparison, lease: HeldLease): Promise<ReadTopicsReport> {
    const { kafka } = this.config;
    const { code } = SERVICES.invoice;
    let records = 0;
    return readTopics({
      config: kafka,
      group: `${kafka.groupId ?? `${code}_CONSUMER_GROUP`}-resync`,
      clientId: `${kafka.clientId ?? code}_RESYNC`,
      topics: this.config.neighbours.cdcTopics,
      logger: this.logger,
      signal: lease.signal,
      onRecords: async (batch) => {
        const found = comparison.read(batch);
        const merchants = [...new Set(found.map(({ news }) => news.merchantId))];
        comparison.take(found, await this.taxInfo.ofMerchants(merchants));
        records += batch.length;
        await this.rows.progress(resync.id, records);
      },
    });
  }

  /** What differs of one merchant now that the feed is read; it is made good unless the run is dry. */
  private async settle(
    resync: Resync,
    merchantId: string,
    candidates: readonly Candidate[],
    lease: HeldLease,
  ): Promise<Difference | undefined> {
    const present = await this.taxInfo.ofMerchant(merchantId);
    const settledMs = this.clock.now() - Math.min(SETTLING_MS, this.config.issuance.driftCheckMs);
    const news = candidates
      .filter(({ recordedAtMs }) => resync.requestedBy !== SYSTEM_ACTOR || recordedAtMs <= settledMs)
      .map((candidate) => candidate.news);
    const members = [...new Set(news.flatMap((each) => compareMerchant(each, present).members))];
    if (members.length === 0) return undefined;
    if (!resync.dryRun) await this.apply(resync, merchantId, news, lease);
    return { merchantId, members };
  }

  private async apply(
    resync: Resync,
    merchantId: string,
    news: readonly MerchantNews[],
    lease: HeldLease,
  ): Promise<void> {
    const released = await this.database.transaction(async (tx) => {
      await this.leases.assertCurrent(tx, RESYNC_LEASE, lease.fencingToken);
      const merged: Merged[] = [];
      for (const each of news) merged.push(await this.merge.execute(tx, each));
      if (merged.every(({ place }) => place === 'older')) return false;
      await this.rows.changed(tx, resync.id);
      await this.audit.write(tx, {
        actorId: resync.requestedBy,
        action: 'tax-info.resync',
        entityType: 'TaxInfo',
        entityId: merchantId,
        merchantId,
        reason: resync.reason,
        before: told(merged[0]?.before),
        after: told(merged.at(-1)?.after),
      });
      return merged.some(({ changed }) => changed.length > 0);
    });
    if (released) await this.release.execute(merchantId);
  }
}

const told = (info: TaxInfo | undefined): object => ({
  ...dataOf(info),
  sourceLsn: info?.sourceLsn ?? null,
  findings: info?.findings ?? [],
});
