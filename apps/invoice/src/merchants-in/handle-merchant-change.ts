import { Inject, Injectable } from '@nestjs/common';
import type { ActivityNotification, Clock } from '@nx/contracts';
import { TOPICS } from '@nx/contracts';
import { REPLAY_HEADER, type InboundRecord } from '@nx/messaging';
import { CLOCK, Logger } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { IdGenerator, Inbox, Outbox } from '@nx/reliable';
import { InvoiceConfig } from '../invoice.config';
import { ReleaseInvoices } from '../invoices/release-invoices';
import type { TaxFinding, TaxInfo } from '../tax-info/tax-info';
import { TaxInfoRepository } from '../tax-info/tax-info.repository';
import { isOlder, readMerchantChange, type MerchantNews } from './merchant-change';
import { dataOf, diffTax, type TaxDiff } from './tax-diff';

/** Keeps TaxInfo equal to what commerce says about a merchant's taxes. */
@Injectable()
export class HandleMerchantChange {
  constructor(
    private readonly database: Database,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
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
    if (isOlder(news, stored)) {
      this.skip(news, 'older than stored');
      return true;
    }
    if (news.organizerId !== stored.organizerId || news.name !== stored.merchantName) return false;
    const diff = news.tax === undefined ? undefined : diffTax(dataOf(stored), news.tax);
    if (diff !== undefined && (diff.changed.length > 0 || !sameFindings(diff.findings, stored.findings))) return false;
    await this.taxInfo.advance(news.merchantId, news.lsn, news.at);
    this.skip(news, 'tax unchanged');
    return true;
  }

  /** True when the stored data changed. */
  private async apply(tx: Tx, record: InboundRecord, news: MerchantNews): Promise<boolean> {
    const consumer = this.config.kafka.groupId ?? this.config.application.code;
    const replay = record.headers[REPLAY_HEADER] !== undefined;
    if (!(await this.inbox.firstTime(tx, consumer, record.eventId, { replay }))) return false;
    const stored = await this.taxInfo.held(tx, news.merchantId);
    if (stored !== undefined && isOlder(news, stored)) {
      this.skip(news, 'older than stored');
      return false;
    }
    const before = dataOf(stored);
    const diff: TaxDiff =
      news.tax === undefined
        ? { changed: [], data: before, findings: stored?.findings ?? [], needsRegistration: false }
        : diffTax(before, news.tax);
    const now = new Date(this.clock.now());
    await this.taxInfo.save(tx, this.merged(news, stored, diff, now));
    const { changed, findings } = diff;
    if (changed.length === 0 && findings.length === 0) {
      this.skip(news, 'tax unchanged');
      return false;
    }
    if (diff.needsRegistration) {
      const reason = `${changed.filter((name) => name === 'taxCode' || name === 'taxMethod').join(', ')} changed`;
      await this.taxInfo.flagRegistration(tx, news.merchantId, this.ids.next(), reason, now);
    }
    if (findings.length > 0 && !sameFindings(findings, stored?.findings ?? []))
      await this.tellMerchant(tx, news, findings);
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
      sourceLsn: news.lsn ?? stored?.sourceLsn ?? null,
      sourceTs: news.at ?? stored?.sourceTs ?? null,
      findings: diff.findings,
      modifiedAt: now,
    };
  }

  private async tellMerchant(tx: Tx, news: MerchantNews, findings: readonly TaxFinding[]): Promise<void> {
    const eventId = this.ids.next();
    const occurredAt = new Date(this.clock.now());
    const notification: ActivityNotification = {
      eventType: 'OPERATIONS_ALERT',
      recipientScope: 'merchant',
      actorId: null,
      actor: null,
      organizerId: news.organizerId,
      merchantId: news.merchantId,
      data: { finding: findings[0]?.code, detail: findings[0]?.detail, value: findings[0]?.value },
      occurredAt: occurredAt.toISOString(),
      eventId,
      version: 1,
    };
    const routes = [TOPICS.activityNotification];
    const event = {
      eventId,
      eventType: 'OPERATIONS_ALERT',
      routes,
      key: news.merchantId,
      payload: notification,
      occurredAt,
    };
    // Each alert is an aggregate of its own: nothing has to come before it.
    await this.outbox.append(tx, { aggregateType: 'TaxFinding', aggregateId: eventId, version: 1, events: [event] });
  }

  private skip(news: MerchantNews, why: string): void {
    this.logger.info(`[handleMerchantCDC] op=${news.op} ${why}, SKIP`, { merchant: news.merchantId });
  }
}

const sameFindings = (left: readonly TaxFinding[], right: readonly TaxFinding[]): boolean =>
  left.length === right.length &&
  left.every((finding, index) => finding.code === right[index]?.code && finding.value === right[index]?.value);
