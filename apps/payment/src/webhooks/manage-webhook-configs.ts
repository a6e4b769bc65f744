import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import { KeyRing } from '@nx/crypto';
import { decodeCursor, page, RefusedAddressError, type OnceRequest, type Page, type PageQuery } from '@nx/http';
import { CLOCK, Logger } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { AuditTrail, IdempotencyStore, IdGenerator } from '@nx/reliable';
import { WebhookClient } from './webhook-client';
import type {
  CreatedWebhookConfigView,
  CreateWebhookConfigRequest,
  RotateSecretRequest,
  UpdateWebhookConfigRequest,
  WebhookConfigView,
} from './webhook-config.dto';
import { isReservedHeader } from './webhook-request';
import { secretAad } from './webhook-secret';
import { signingKey, type SigningMethod } from './webhook-signing';

interface WebhookConfigRow {
  id: string;
  name: string;
  url: string;
  event_types: string[];
  status: string;
  signing_method: SigningMethod;
  public_key: string | null;
  previous_secret_until: Date | null;
  failing_since: Date | null;
  headers: Record<string, string>;
  metadata: { timeoutMs?: number; maxRetries?: number };
  created_at: Date;
  modified_at: Date;
}

const COLUMNS = `id, name, url, event_types, status, signing_method, public_key, previous_secret_until, failing_since,
  headers, metadata, created_at, modified_at`;
const DEFAULT_OVERLAP_MS = 86_400_000;
const MAX_HEADERS = 16;

/** Subscriptions of a merchant. The secret is shown once, when it is made. */
@Injectable()
export class ManageWebhookConfigs {
  constructor(
    private readonly database: Database,
    private readonly client: WebhookClient,
    private readonly ring: KeyRing,
    private readonly audit: AuditTrail,
    private readonly ids: IdGenerator,
    private readonly keys: IdempotencyStore,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(merchantId: string, query: PageQuery): Promise<Page<WebhookConfigView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.database.query<WebhookConfigRow>(
      `SELECT ${COLUMNS} FROM "WebhookConfig" WHERE merchant_id = $1 AND deleted_at IS NULL
         AND ($2::timestamptz IS NULL OR (created_at, id) < ($2::timestamptz, $3::text))
       ORDER BY created_at DESC, id DESC LIMIT $4`,
      [merchantId, after === undefined ? null : new Date(after.createdAtMs), after?.id ?? null, query.limit + 1],
    );
    const found = page(rows, query.limit, (row) => ({ createdAtMs: row.created_at.getTime(), id: row.id }));
    return { data: found.data.map(viewOf), nextCursor: found.nextCursor };
  }

  async one(merchantId: string, id: string): Promise<WebhookConfigView> {
    return viewOf(await this.found(this.database, merchantId, id));
  }

  /** The secret is not remembered under the key: whoever lost the first answer rotates it. */
  async create(
    request: CreateWebhookConfigRequest,
    actor: MerchantActor,
    key?: OnceRequest,
  ): Promise<CreatedWebhookConfigView> {
    this.checkUrl(request.url);
    checkHeaders(request.headers);
    const id = this.ids.next();
    const signingMethod = request.signingMethod ?? 'HMAC_SHA256';
    const { secret, publicKey } = signingKey(signingMethod, request.secret);
    const view = await this.database.transaction(async (tx) => {
      await tx.execute(
        `INSERT INTO "WebhookConfig" (id, name, url, event_types, status, signing_method, secret, headers, merchant_id,
           created_at, modified_at, created_by, modified_by, metadata, public_key)
         VALUES ($1, $2, $3, $4, '201_ACTIVATED', $5, $6, $7, $8, $9, $9, $10, $10, $11, $12)`,
        [
          id,
          request.name,
          request.url,
          request.eventTypes,
          signingMethod,
          secret === null ? null : this.ring.seal(secret, secretAad(id)),
          JSON.stringify(request.headers ?? {}),
          actor.merchantId,
          new Date(this.clock.now()),
          actor.userId,
          JSON.stringify(request.metadata ?? {}),
          publicKey,
        ],
      );
      const { secret: _hidden, ...after } = request;
      await this.record(tx, 'webhook-config.create', id, actor, undefined, after);
      const body = viewOf(await this.found(tx, actor.merchantId, id));
      await this.keys.remember(tx, key, body);
      return body;
    });
    if (secret !== null) this.logger.security('webhook secret written', { webhookConfigId: id });
    return { ...view, ...shownOnce(secret, publicKey) };
  }

  /**
   * Throws `payment.webhook_config.not_found` or `…not_signed`. An overlap that still ran ends: two secrets sign, no more.
   * The secret that signs already, sent again, replaces none: it decides anew how long the one before it signs.
   */
  async rotate(id: string, request: RotateSecretRequest, actor: MerchantActor): Promise<CreatedWebhookConfigView> {
    const key = await this.database.transaction(async (tx) => {
      const before = await this.found(tx, actor.merchantId, id);
      if (before.signing_method === 'NONE') throw notSigned();
      const made = signingKey(before.signing_method, request.secret);
      const now = this.clock.now();
      const until = new Date(now + (request.overlapMs ?? DEFAULT_OVERLAP_MS));
      const replaces = !(await this.signsAlready(tx, id, made.secret));
      await tx.execute(
        `UPDATE "WebhookConfig" SET previous_secret = CASE WHEN $7 THEN secret ELSE previous_secret END,
           previous_secret_until = CASE WHEN $7 OR previous_secret IS NOT NULL THEN $2::timestamptz END, secret = $3,
           public_key = $4, modified_at = $5, modified_by = $6 WHERE id = $1 AND deleted_at IS NULL`,
        [
          id,
          until,
          this.ring.seal(made.secret ?? '', secretAad(id)),
          made.publicKey,
          new Date(now),
          actor.userId,
          replaces,
        ],
      );
      await this.record(tx, 'webhook-config.rotate-secret', id, actor, undefined, { previousSecretUntil: until });
      return made;
    });
    this.logger.security('webhook secret rotated', { webhookConfigId: id });
    return { ...(await this.one(actor.merchantId, id)), ...shownOnce(key.secret, key.publicKey) };
  }

  async update(id: string, request: UpdateWebhookConfigRequest, actor: MerchantActor): Promise<WebhookConfigView> {
    if (request.url !== undefined) this.checkUrl(request.url);
    checkHeaders(request.headers);
    await this.database.transaction(async (tx) => {
      const before = viewOf(await this.found(tx, actor.merchantId, id));
      await tx.execute(
        `UPDATE "WebhookConfig" SET name = coalesce($2, name), url = coalesce($3, url),
           event_types = coalesce($4, event_types), status = coalesce($5, status), headers = coalesce($6, headers),
           metadata = metadata || coalesce($7, '{}'::jsonb), modified_at = $8, modified_by = $9
         WHERE id = $1 AND deleted_at IS NULL`,
        [
          id,
          request.name ?? null,
          request.url ?? null,
          request.eventTypes ?? null,
          request.status ?? null,
          request.headers === undefined ? null : JSON.stringify(request.headers),
          request.metadata === undefined ? null : JSON.stringify(request.metadata),
          new Date(this.clock.now()),
          actor.userId,
        ],
      );
      await this.record(tx, 'webhook-config.update', id, actor, before, request);
    });
    return this.one(actor.merchantId, id);
  }

  async remove(id: string, actor: MerchantActor): Promise<void> {
    await this.database.transaction(async (tx) => {
      const before = viewOf(await this.found(tx, actor.merchantId, id));
      await tx.execute(
        `UPDATE "WebhookConfig" SET deleted_at = $2, modified_at = $2, modified_by = $3, status = '405_ARCHIVED'
         WHERE id = $1 AND deleted_at IS NULL`,
        [id, new Date(this.clock.now()), actor.userId],
      );
      await this.record(tx, 'webhook-config.delete', id, actor, before, undefined);
    });
  }

  private async signsAlready(tx: Tx, id: string, secret: string | null): Promise<boolean> {
    const [row] = await tx.query<{ secret: string | null }>(
      'SELECT secret FROM "WebhookConfig" WHERE id = $1 FOR UPDATE',
      [id],
    );
    const sealed = row?.secret ?? null;
    return sealed !== null && this.ring.open(sealed, secretAad(id)) === secret;
  }

  /** Throws `payment.webhook_config.not_found` for another merchant's row too. */
  private async found(from: Pick<Tx, 'query'>, merchantId: string, id: string): Promise<WebhookConfigRow> {
    const [row] = await from.query<WebhookConfigRow>(
      `SELECT ${COLUMNS} FROM "WebhookConfig" WHERE id = $1 AND merchant_id = $2 AND deleted_at IS NULL`,
      [id, merchantId],
    );
    if (row !== undefined) return row;
    throw new AppError({ code: 'payment.webhook_config.not_found', detail: 'The merchant has no such subscription.' });
  }

  private checkUrl(url: string): void {
    try {
      this.client.check(url);
    } catch (error) {
      if (!(error instanceof RefusedAddressError)) throw error;
      throw new AppError({
        code: 'payment.webhook_config.url_refused',
        detail: `The address is refused: ${error.message}.`,
        errors: [{ pointer: '/url', detail: error.message }],
      });
    }
  }

  private record(
    tx: Tx,
    action: string,
    id: string,
    actor: MerchantActor,
    before?: object,
    after?: object,
  ): Promise<void> {
    const { userId: actorId, merchantId } = actor;
    return this.audit.write(tx, {
      actorId,
      action,
      entityType: 'WebhookConfig',
      entityId: id,
      merchantId,
      before,
      after,
    });
  }
}

/** A private key never leaves: the view has the public one. */
const shownOnce = (secret: string | null, publicKey: string | null): { secret?: string } =>
  secret === null || publicKey !== null ? {} : { secret };

const notSigned = (): AppError =>
  new AppError({
    code: 'payment.webhook_config.not_signed',
    detail: 'The subscription is not signed, so it has no secret.',
  });

const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
const HEADER_VALUE = /^[\x20-\x7e]{0,1024}$/;

const checkHeaders = (headers: Record<string, string> | undefined): void => {
  const entries = Object.entries(headers ?? {});
  const problems = entries.flatMap(([name, value]) => {
    const pointer = `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (!HEADER_NAME.test(name)) return [{ pointer, detail: 'is not a header name (RFC 9110)' }];
    if (isReservedHeader(name)) return [{ pointer, detail: 'is set by us' }];
    return typeof value === 'string' && HEADER_VALUE.test(value)
      ? []
      : [{ pointer, detail: 'is a text of at most 1024 printable characters' }];
  });
  if (entries.length > MAX_HEADERS)
    problems.push({ pointer: '/headers', detail: `has at most ${MAX_HEADERS} members` });
  if (problems.length > 0)
    throw new AppError({ code: 'request.invalid', detail: 'Some headers are refused.', errors: problems });
};

const viewOf = (row: WebhookConfigRow): WebhookConfigView => ({
  id: row.id,
  name: row.name,
  url: row.url,
  eventTypes: row.event_types,
  status: row.status,
  signingMethod: row.signing_method,
  publicKey: row.public_key,
  previousSecretUntil: row.previous_secret_until?.toISOString() ?? null,
  failingSince: row.failing_since?.toISOString() ?? null,
  headers: row.headers,
  metadata: row.metadata,
  createdAt: row.created_at.toISOString(),
  modifiedAt: row.modified_at.toISOString(),
});
