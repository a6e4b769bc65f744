import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Clock } from '@nx/contracts';
import { decodeCursor, page, type OnceRequest, type Page } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { AuditTrail, IdempotencyStore } from '@nx/reliable';
import type { Finding, FindingOutcome } from './finding';
import { findingView, type FindingQuery, type FindingView } from './finding.dto';

/** Who changes a finding, and the key under which his answer is kept with the change. */
export interface FindingActor {
  readonly id: string;
  readonly key?: OnceRequest | undefined;
}

interface FindingRow {
  id: string;
  code: string;
  origin: string;
  merchant_id: string;
  invoice_id: string | null;
  source_type: string | null;
  source_id: string | null;
  subject: string;
  detail: string;
  status: Finding['status'];
  owner: string | null;
  outcome: string | null;
  note: string | null;
  created_at: Date;
  modified_at: Date;
  resolved_at: Date | null;
  resolved_by: string | null;
  metadata: Record<string, unknown>;
}

const COLUMNS = `id, code, origin, merchant_id, invoice_id, source_type, source_id, subject, detail, status, owner, outcome,
  note, created_at, modified_at, resolved_at, resolved_by, metadata`;

/** Lists findings, gives them to a person and closes them. A merchant sees its own alone. */
@Injectable()
export class ManageFindings {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditTrail,
    private readonly keys: IdempotencyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Newest first; all merchants' when `merchantId` is undefined. */
  async list(query: FindingQuery, merchantId: string | undefined): Promise<Page<FindingView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.database.query<FindingRow>(
      `SELECT ${COLUMNS} FROM "Finding"
       WHERE ($1::text IS NULL OR merchant_id = $1) AND ($2::text IS NULL OR status = $2)
         AND ($3::text IS NULL OR code = $3) AND ($4::text IS NULL OR invoice_id = $4)
         AND ($5::text IS NULL OR owner = $5) AND ($6::timestamptz IS NULL OR (created_at, id) < ($6, $7))
       ORDER BY created_at DESC, id DESC LIMIT $8`,
      [
        merchantId ?? null,
        query.status ?? null,
        query.code ?? null,
        query.invoiceId ?? null,
        query.owner ?? null,
        after === undefined ? null : new Date(after.createdAtMs),
        after?.id ?? null,
        query.limit + 1,
      ],
    );
    const found = rows.map(toFinding);
    const { data, nextCursor } = page(found, query.limit, (row) => ({
      createdAtMs: row.createdAt.getTime(),
      id: row.id,
    }));
    return { data: data.map(findingView), nextCursor };
  }

  /** One finding. Throws `invoice.finding.not_found`. */
  async one(id: string): Promise<FindingView> {
    const [row] = await this.database.query<FindingRow>(`SELECT ${COLUMNS} FROM "Finding" WHERE id = $1`, [id]);
    if (row === undefined) throw notFound();
    return findingView(toFinding(row));
  }

  /** Gives an open finding to a person; again to the same one is no change. Throws `invoice.finding.resolved`. */
  async assign(id: string, owner: string, actor: FindingActor): Promise<FindingView> {
    return this.change(id, actor, 'finding.assign', undefined, async (tx, { owner: before }, now) => {
      if (before === owner) return 'UNCHANGED';
      return tx.execute(`UPDATE "Finding" SET owner = $2, modified_at = $3 WHERE id = $1`, [id, owner, now]);
    });
  }

  /** Closes an open finding with what came of it. Throws `invoice.finding.resolved` when somebody was faster. */
  async resolve(id: string, outcome: FindingOutcome, note: string, actor: FindingActor): Promise<FindingView> {
    return this.change(id, actor, 'finding.resolve', note, (tx, _finding, now) =>
      tx.execute(
        `UPDATE "Finding" SET status = 'RESOLVED', outcome = $2, note = $3, owner = coalesce(owner, $4),
           resolved_at = $5, resolved_by = $4, modified_at = $5
         WHERE id = $1`,
        [id, outcome, note, actor.id, now],
      ),
    );
  }

  /** Holds the row, changes it while it is open, and writes who did it, unless `work` says that it stands so already. */
  private async change(
    id: string,
    actor: FindingActor,
    action: string,
    reason: string | undefined,
    work: (tx: Tx, finding: Finding, now: Date) => Promise<number | 'UNCHANGED'>,
  ): Promise<FindingView> {
    return this.database.transaction(async (tx) => {
      const before = await this.held(tx, id);
      if (before.status === 'RESOLVED') {
        const detail = `It was closed as ${before.outcome ?? '-'} by ${before.resolvedBy ?? '-'}.`;
        throw new AppError({ code: 'invoice.finding.resolved', detail, extra: { findingId: id } });
      }
      if ((await work(tx, before, new Date(this.clock.now()))) === 'UNCHANGED') return findingView(before);
      const after = await this.held(tx, id);
      await this.audit.write(tx, {
        actorId: actor.id,
        action,
        entityType: 'Finding',
        entityId: id,
        merchantId: before.merchantId,
        reason,
        before: stateOf(before),
        after: stateOf(after),
      });
      const view = findingView(after);
      await this.keys.remember(tx, actor.key, view);
      return view;
    });
  }

  private async held(tx: Tx, id: string): Promise<Finding> {
    const [row] = await tx.query<FindingRow>(`SELECT ${COLUMNS} FROM "Finding" WHERE id = $1 FOR UPDATE`, [id]);
    if (row === undefined) throw notFound();
    return toFinding(row);
  }
}

const notFound = (): AppError =>
  new AppError({ code: 'invoice.finding.not_found', detail: 'There is no such finding here.' });

const stateOf = ({ status, owner, outcome, note }: Finding): object => ({ status, owner, outcome, note });

const toFinding = (row: FindingRow): Finding => ({
  id: row.id,
  code: row.code,
  origin: row.origin,
  merchantId: row.merchant_id,
  invoiceId: row.invoice_id,
  sourceType: row.source_type,
  sourceId: row.source_id,
  subject: row.subject,
  detail: row.detail,
  status: row.status,
  owner: row.owner,
  outcome: row.outcome,
  note: row.note,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  resolvedAt: row.resolved_at,
  resolvedBy: row.resolved_by,
  metadata: row.metadata,
});
