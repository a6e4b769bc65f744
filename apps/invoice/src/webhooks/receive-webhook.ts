import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Clock } from '@nx/contracts';
import { constantTimeEqualHex, hmacSha256Hex } from '@nx/crypto';
import { CLOCK, Logger, Metrics, type Counter } from '@nx/observability';
import { Database, isUniqueViolation } from '@nx/persistence';
import { InvoiceConfig } from '../invoice.config';
import { ApplyAuthority, providerKeyOf } from './apply-authority';
import { readNotice } from './notice';

export interface WebhookHeaders {
  readonly source: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/** How far a notice's timestamp may lie from this machine's clock, either way. */
const WINDOW_MS = 300_000;
/** What of a notice was wrong: all but a replay is answered 401. */
const REJECTIONS = ['source', 'timestamp', 'window', 'signature', 'replayed'] as const;
type Rejection = (typeof REJECTIONS)[number];
/** The forms in which senders write seconds or milliseconds since 1970. */
const TIMESTAMP = /^\d{10}(\d{3})?$/;

/**
 * Takes notices of the merchant's systems and of providers and commerce: two trusts with secrets of their own. The
 * signature is over `<timestamp>.<body>`; the id stands in the signed body, so a copy cannot be sent under another one.
 */
@Injectable()
export class ReceiveWebhook {
  private readonly rejected: Counter;

  constructor(
    private readonly database: Database,
    private readonly authority: ApplyAuthority,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    const known = REJECTIONS.map((reason) => ({ reason }));
    this.rejected = metrics.counter('invoice_webhooks_rejected_total', 'Notices that were refused', ['reason'], known);
  }

  /**
   * `applied`, `waiting` where the invoice's own answer is still to come, or `stored` for a notice that changes nothing
   * here. Throws `invoice.webhook.signature` (401) and, for an id that was taken in before, `invoice.webhook.replayed`.
   */
  async execute(body: Buffer, headers: WebhookHeaders): Promise<{ outcome: string }> {
    const source = this.verify(body, headers);
    const notice = readNotice(body);
    try {
      return await this.database.transaction(async (tx) => {
        const outcome = source === 'internal' ? await this.authority.execute(tx, notice) : 'stored';
        await tx.execute(
          `INSERT INTO "WebhookReceipt" (source, webhook_id, event_type, payload, outcome, provider_key, received_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)`,
          [
            source,
            notice.id,
            notice.type,
            JSON.stringify(notice.data),
            outcome,
            providerKeyOf(notice),
            new Date(this.clock.now()),
          ],
        );
        return { outcome };
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'WebhookReceipt_pkey')) throw error;
      this.refuse('replayed');
      throw new AppError({ code: 'invoice.webhook.replayed', detail: 'A notice with this id was taken in before.' });
    }
  }

  private verify(body: Buffer, { source, timestamp, signature }: WebhookHeaders): 'merchant' | 'internal' {
    const { merchantSecrets, internalSecrets } = this.config.webhooks;
    const secrets = source === 'merchant' ? merchantSecrets : source === 'internal' ? internalSecrets : undefined;
    if (secrets === undefined || secrets.length === 0) throw this.forged('source');
    const at = timestamp !== undefined && TIMESTAMP.test(timestamp) ? Number(timestamp) : undefined;
    if (at === undefined) throw this.forged('timestamp');
    const atMs = at < 100_000_000_000 ? at * 1000 : at;
    if (Math.abs(this.clock.now() - atMs) > WINDOW_MS) throw this.forged('window');
    const text = Buffer.concat([Buffer.from(`${timestamp}.`), body]);
    const given = (signature ?? '').replace(/^sha256=/, '');
    const fits = secrets.filter((secret) => constantTimeEqualHex(hmacSha256Hex(secret, text), given)).length > 0;
    if (!fits) throw this.forged('signature');
    return source === 'internal' ? 'internal' : 'merchant';
  }

  private forged(reason: Rejection): AppError {
    this.refuse(reason);
    return new AppError({
      code: 'invoice.webhook.signature',
      detail: 'Sign the timestamp and the body with the shared secret of your source.',
      operatorDetail: reason,
    });
  }

  private refuse(reason: Rejection): void {
    this.rejected.inc({ reason });
    this.logger.security('webhook rejected', { reason });
  }
}
