import { Inject, Injectable } from '@nestjs/common';
import { TOPICS, type ActivityNotification, type Clock } from '@nx/contracts';
import { CLOCK, Logger, Metrics, type Counter } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { IdGenerator, Outbox } from '@nx/reliable';
import { SYSTEM_ACTOR } from '../invoices/invoice-trail';
import { CAUSE_GONE, FINDING_CODES, type FindingCode, type NewFinding } from './finding';

/** Opens cases for people and closes those whose cause is gone, in the transaction of what found them. */
@Injectable()
export class Findings {
  private readonly opened: Counter;

  constructor(
    database: Database,
    private readonly outbox: Outbox,
    private readonly ids: IdGenerator,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.opened = metrics.counter('invoice_findings_total', 'Findings that were opened', ['code']);
    metrics.gauge('invoice_findings_open', 'Findings that wait for a person', ['code'], async (gauge) => {
      const rows = await database.query<{ code: string; count: string }>(
        `SELECT code, count(*) AS count FROM "Finding" WHERE status = 'OPEN' GROUP BY code`,
      );
      gauge.reset();
      for (const { code, count } of rows) gauge.set({ code }, Number(count));
    });
  }

  /**
   * Opens a finding and alerts the merchant's people where its code says so. False when it is open already; with
   * `once` also when it was open before: what a person has closed does not come back by itself.
   */
  async open(tx: Tx, finding: NewFinding, { once = false } = {}): Promise<boolean> {
    const { code, merchantId, subject, detail } = finding;
    const { origin, alert } = FINDING_CODES[code];
    const id = this.ids.next();
    const now = new Date(this.clock.now());
    const inserted = await tx.execute(
      `INSERT INTO "Finding" (id, code, origin, merchant_id, invoice_id, source_type, source_id, subject, detail,
         created_at, modified_at, metadata)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11::jsonb
       WHERE NOT ($12 AND EXISTS (SELECT 1 FROM "Finding" WHERE subject = $8 AND code = $2))
       ON CONFLICT (code, subject) WHERE status = 'OPEN' DO NOTHING`,
      [
        id,
        code,
        origin,
        merchantId,
        finding.invoiceId ?? null,
        finding.sourceType ?? null,
        finding.sourceId ?? null,
        subject,
        detail,
        now,
        JSON.stringify(finding.metadata ?? {}),
        once,
      ],
    );
    if (inserted === 0) return false;
    if (alert) await this.alert(tx, id, finding, now);
    tx.afterCommit(() => {
      this.opened.inc({ code });
      this.logger.warn('finding opened', { code, findingId: id, merchantId, subject, invoiceId: finding.invoiceId });
    });
    return true;
  }

  /** Closes what is open about a subject because its cause is gone; the number of findings closed. */
  async causeGone(tx: Tx, codes: readonly FindingCode[], subject: string, note: string): Promise<number> {
    const sql = `UPDATE "Finding" SET status = 'RESOLVED', outcome = $3, note = coalesce(note || E'\\n', '') || $4,
        resolved_at = $5, resolved_by = $6, modified_at = $5
      WHERE subject = $1 AND code = ANY ($2) AND status = 'OPEN'`;
    return tx.execute(sql, [subject, codes, CAUSE_GONE, note, new Date(this.clock.now()), SYSTEM_ACTOR]);
  }

  private async alert(tx: Tx, id: string, finding: NewFinding, occurredAt: Date): Promise<void> {
    const eventId = this.ids.next();
    const notification: ActivityNotification = {
      eventType: 'OPERATIONS_ALERT',
      recipientScope: 'merchant',
      actorId: null,
      actor: null,
      organizerId: finding.organizerId,
      merchantId: finding.merchantId,
      data: {
        findingId: id,
        finding: finding.code,
        subject: finding.code,
        message: finding.detail,
        invoiceId: finding.invoiceId,
        orderId: finding.sourceId,
      },
      occurredAt: occurredAt.toISOString(),
      eventId,
      version: 1,
    };
    const event = {
      eventId,
      eventType: 'OPERATIONS_ALERT',
      routes: [TOPICS.activityNotification],
      key: finding.merchantId,
      payload: notification,
      occurredAt,
    };
    await this.outbox.append(tx, { aggregateType: 'Finding', aggregateId: id, version: 1, events: [event] });
  }
}
