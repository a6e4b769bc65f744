import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Clock } from '@nx/contracts';
import { constantTimeEqualHex, hmacSha256Hex } from '@nx/crypto';
import { parseLossless } from '@nx/messaging';
import { CLOCK, Logger, Metrics, type Counter } from '@nx/observability';
import { Database, isUniqueViolation, type Tx } from '@nx/persistence';
import { InvoiceConfig } from '../invoice.config';
import { ChangeInvoice } from '../invoices/change-invoice';

export interface WebhookHeaders {
  readonly source: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

interface Notice {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** How far a notice's timestamp may lie from this machine's clock, either way. */
const WINDOW_MS = 300_000;
const ID = /^[A-Za-z0-9._-]{1,128}$/;
/** What a provider says about an issued invoice, and what stands afterwards. */
const AUTHORITY = { 'invoice.accepted': 'ACCEPTED', 'invoice.coded': 'CODED', 'invoice.rejected': 'REJECTED' } as const;
type AuthorityNotice = keyof typeof AUTHORITY;

/**
 * Takes notices of the merchant's systems and of providers and commerce: two trusts with secrets of their own. The
 * signature is over `<timestamp>.<body>`; the id stands in the signed body, so a copy cannot be sent under another one.
 */
@Injectable()
export class ReceiveWebhook {
  private readonly rejected: Counter;

  constructor(
    private readonly database: Database,
    private readonly changes: ChangeInvoice,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.rejected = metrics.counter('invoice_webhooks_rejected_total', 'Notices that were refused', ['reason']);
  }

  /** `applied`, or `stored` for a notice that changes nothing here. Throws `invoice.webhook.signature` (401). */
  async execute(body: Buffer, headers: WebhookHeaders): Promise<{ outcome: string }> {
    const source = this.verify(body, headers);
    const notice = this.read(body);
    try {
      return await this.database.transaction(async (tx) => {
        const outcome = source === 'internal' ? await this.apply(tx, notice) : 'stored';
        await tx.execute(
          `INSERT INTO "WebhookReceipt" (source, webhook_id, event_type, payload, outcome, received_at)
           VALUES ($1, $2, $3, $4, $5, $6)`,
          [source, notice.id, notice.type, JSON.stringify(notice.data), outcome, new Date(this.clock.now())],
        );
        return { outcome };
      });
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      this.refuse('replayed');
      throw new AppError({ code: 'invoice.webhook.replayed', detail: 'A notice with this id was taken in before.' });
    }
  }

  private verify(body: Buffer, { source, timestamp, signature }: WebhookHeaders): 'merchant' | 'internal' {
    const { merchantSecrets, internalSecrets } = this.config.webhooks;
    const secrets = source === 'merchant' ? merchantSecrets : source === 'internal' ? internalSecrets : undefined;
    if (secrets === undefined || secrets.length === 0) throw this.forged('source');
    const at = timestamp !== undefined && /^\d{10}(\d{3})?$/.test(timestamp) ? Number(timestamp) : undefined;
    if (at === undefined) throw this.forged('timestamp');
    const atMs = at < 100_000_000_000 ? at * 1000 : at;
    if (Math.abs(this.clock.now() - atMs) > WINDOW_MS) throw this.forged('window');
    const text = Buffer.concat([Buffer.from(`${timestamp}.`), body]);
    const given = (signature ?? '').replace(/^sha256=/, '');
    const fits = secrets.filter((secret) => constantTimeEqualHex(hmacSha256Hex(secret, text), given)).length > 0;
    if (!fits) throw this.forged('signature');
    return source === 'internal' ? 'internal' : 'merchant';
  }

  private read(body: Buffer): Notice {
    let value: unknown;
    try {
      value = parseLossless(new TextDecoder('utf-8', { fatal: true }).decode(body));
    } catch {
      throw new AppError({ code: 'request.malformed', detail: 'The body is not JSON in UTF-8.' });
    }
    const { id, type, data } = (value ?? {}) as Record<string, unknown>;
    const errors = [
      ...(typeof id === 'string' && ID.test(id)
        ? []
        : [{ pointer: '/id', detail: 'must be 1 to 128 of A-Z a-z 0-9 . _ -' }]),
      ...(typeof type === 'string' && ID.test(type)
        ? []
        : [{ pointer: '/type', detail: 'must be the name of an event' }]),
      ...(typeof data === 'object' && data !== null ? [] : [{ pointer: '/data', detail: 'must be an object' }]),
    ];
    if (errors.length > 0)
      throw new AppError({ code: 'request.invalid', detail: 'The notice is not readable.', errors });
    return { id: String(id), type: String(type), data: data as Record<string, unknown> };
  }

  /** The authority's word on an issued invoice; whatever else is said is kept for people. */
  private async apply(tx: Tx, { type, data }: Notice): Promise<string> {
    const key = data['providerKey'];
    if (!(type in AUTHORITY) || typeof key !== 'string') return 'stored';
    const status = AUTHORITY[type as AuthorityNotice];
    const [row] = await tx.query<{ id: string }>(`SELECT id FROM "Invoice" WHERE provider_key = $1`, [key]);
    if (row === undefined) return 'stored';
    const code = typeof data['cqtCode'] === 'string' ? data['cqtCode'].slice(0, 64) : undefined;
    const changed = await this.changes.execute(tx, row.id, {
      from: ['SUCCESS'],
      set: { authority_status: status, ...(code === undefined ? {} : { cqt_code: code }) },
      audit: {
        eventType: 'AUTHORITY',
        outcome: status,
        actorId: 'webhook',
        after: { authorityStatus: status, cqtCode: code },
      },
      event: 'invoice.success',
      ...(status === 'REJECTED' ? { notification: 'OPERATIONS_ALERT' } : {}),
    });
    return changed === undefined ? 'stored' : 'applied';
  }

  private forged(reason: string): AppError {
    this.refuse(reason);
    return new AppError({
      code: 'invoice.webhook.signature',
      detail: 'Sign the timestamp and the body with the shared secret of your source.',
      operatorDetail: reason,
    });
  }

  private refuse(reason: string): void {
    this.rejected.inc({ reason });
    this.logger.security('webhook rejected', { reason });
  }
}
