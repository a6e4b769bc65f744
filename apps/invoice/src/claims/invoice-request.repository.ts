import { Injectable } from '@nestjs/common';
import type { InvoiceBuyer } from '@nx/e-invoice';
import { Database, type Tx } from '@nx/persistence';

export const CLAIM_STATES = ['PENDING', 'CLAIMED', 'EXPIRED'] as const;
export type ClaimState = (typeof CLAIM_STATES)[number];

/** Who shall stand on the invoice, and how far the claim is. */
export interface InvoiceRequest {
  readonly id: string;
  readonly merchantId: string;
  readonly sourceType: string;
  readonly sourceId: string;
  readonly invoiceId: string | null;
  readonly buyer: InvoiceBuyer | null;
  /** Null where nobody has to claim: the buyer was known, or the payment is still to come. */
  readonly claimState: ClaimState | null;
  readonly tokenHash: string | null;
  readonly tokenVersion: number;
  readonly keyId: string | null;
  readonly deadline: Date | null;
  readonly claimedAt: Date | null;
  readonly fingerprint: string | null;
  readonly createdAt: Date;
}

interface RequestRow {
  id: string;
  merchant_id: string;
  source_type: string;
  source_id: string;
  invoice_id: string | null;
  buyer: InvoiceBuyer | null;
  claim_state: ClaimState | null;
  claim_token_hash: string | null;
  claim_token_version: number;
  claim_key_id: string | null;
  claim_deadline: Date | null;
  claimed_at: Date | null;
  claim_fingerprint: string | null;
  created_at: Date;
}

const COLUMNS = `id, merchant_id, source_type, source_id, invoice_id, buyer, claim_state, claim_token_hash,
  claim_token_version, claim_key_id, claim_deadline, claimed_at, claim_fingerprint, created_at`;

const toRequest = (row: RequestRow): InvoiceRequest => ({
  id: row.id,
  merchantId: row.merchant_id,
  sourceType: row.source_type,
  sourceId: row.source_id,
  invoiceId: row.invoice_id,
  buyer: row.buyer,
  claimState: row.claim_state,
  tokenHash: row.claim_token_hash,
  tokenVersion: row.claim_token_version,
  keyId: row.claim_key_id,
  deadline: row.claim_deadline,
  claimedAt: row.claimed_at,
  fingerprint: row.claim_fingerprint,
  createdAt: row.created_at,
});

const taxCodeOf = (buyer: InvoiceBuyer | null): string | null => (buyer?.kind === 'COMPANY' ? buyer.taxCode : null);

/** SQL of "InvoiceRequest". */
@Injectable()
export class InvoiceRequestRepository {
  constructor(private readonly database: Database) {}

  async byTokenHash(hash: string, tx?: Tx): Promise<InvoiceRequest | undefined> {
    return this.first(`WHERE claim_token_hash = $1 AND deleted_at IS NULL`, [hash], tx);
  }

  async find(id: string, tx?: Tx): Promise<InvoiceRequest | undefined> {
    return this.first(`WHERE id = $1 AND deleted_at IS NULL`, [id], tx);
  }

  async ofSource(
    merchantId: string,
    sourceType: string,
    sourceId: string,
    tx?: Tx,
  ): Promise<InvoiceRequest | undefined> {
    return this.first(
      `WHERE merchant_id = $1 AND source_type = $2 AND source_id = $3 AND deleted_at IS NULL`,
      [merchantId, sourceType, sourceId],
      tx,
    );
  }

  /**
   * Lets one transaction at a time decide about a sale's invoice and its buyer: a request that comes at the moment of
   * the payment is either joined or told that it is too late. Taken before anything of the sale is read.
   */
  async lockSource(tx: Tx, merchantId: string, sourceType: string, sourceId: string): Promise<void> {
    const name = `invoice/${merchantId}/${sourceType}/${sourceId}`;
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [name]);
  }

  async list(
    merchantId: string,
    filter: { readonly state?: string | undefined; readonly sourceId?: string | undefined },
    after: { readonly createdAtMs: number; readonly id: string } | undefined,
    limit: number,
  ): Promise<InvoiceRequest[]> {
    const rows = await this.database.query<RequestRow>(
      `SELECT ${COLUMNS} FROM "InvoiceRequest" WHERE merchant_id = $1 AND deleted_at IS NULL
         AND ($2::text IS NULL OR claim_state = $2) AND ($3::text IS NULL OR source_id = $3)
         AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5))
       ORDER BY created_at DESC, id DESC LIMIT $6`,
      [
        merchantId,
        filter.state ?? null,
        filter.sourceId ?? null,
        after === undefined ? null : new Date(after.createdAtMs),
        after?.id ?? null,
        limit + 1,
      ],
    );
    return rows.map(toRequest);
  }

  async insert(tx: Tx, request: InvoiceRequest, createdBy: string): Promise<void> {
    await tx.execute(
      `INSERT INTO "InvoiceRequest" (id, merchant_id, source_type, source_id, invoice_id, buyer, buyer_tax_code,
         claim_state, claim_token_hash, claim_token_version, claim_key_id, claim_deadline, created_at, modified_at,
         created_by, modified_by)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14, $14)`,
      [
        request.id,
        request.merchantId,
        request.sourceType,
        request.sourceId,
        request.invoiceId,
        request.buyer === null ? null : JSON.stringify(request.buyer),
        taxCodeOf(request.buyer),
        request.claimState,
        request.tokenHash,
        request.tokenVersion,
        request.keyId,
        request.deadline,
        request.createdAt,
        createdBy,
      ],
    );
  }

  /** Ties a request that came before the payment to its invoice. */
  async join(tx: Tx, id: string, invoiceId: string, now: Date): Promise<void> {
    await tx.execute(`UPDATE "InvoiceRequest" SET invoice_id = $2, modified_at = $3 WHERE id = $1`, [
      id,
      invoiceId,
      now,
    ]);
  }

  /** Replaces the buyer of a request that has neither claim nor invoice; false when it has one. */
  async replaceBuyer(tx: Tx, id: string, buyer: InvoiceBuyer, actorId: string, now: Date): Promise<boolean> {
    const changed = await tx.execute(
      `UPDATE "InvoiceRequest" SET buyer = $2, buyer_tax_code = $3, modified_by = $4, modified_at = $5
       WHERE id = $1 AND claim_state IS NULL AND invoice_id IS NULL AND deleted_at IS NULL`,
      [id, JSON.stringify(buyer), taxCodeOf(buyer), actorId, now],
    );
    return changed === 1;
  }

  /**
   * PENDING → CLAIMED while the deadline has not come. The one statement decides the race with the expiry; undefined
   * when somebody or the deadline was first.
   */
  async claim(
    tx: Tx,
    tokenHash: string,
    buyer: InvoiceBuyer,
    fingerprint: string,
    now: Date,
  ): Promise<InvoiceRequest | undefined> {
    const [row] = await tx.query<RequestRow>(
      `UPDATE "InvoiceRequest" SET claim_state = 'CLAIMED', buyer = $2, buyer_tax_code = $3, claim_fingerprint = $4,
         claimed_at = $5, modified_at = $5, modified_by = 'buyer'
       WHERE claim_token_hash = $1 AND claim_state = 'PENDING' AND claim_deadline > $5 AND deleted_at IS NULL
       RETURNING ${COLUMNS}`,
      [tokenHash, JSON.stringify(buyer), taxCodeOf(buyer), fingerprint, now],
    );
    return row === undefined ? undefined : toRequest(row);
  }

  /** PENDING → EXPIRED once the deadline has come; undefined when it was claimed or has expired already. */
  async expire(tx: Tx, id: string, buyer: InvoiceBuyer, now: Date): Promise<InvoiceRequest | undefined> {
    const [row] = await tx.query<RequestRow>(
      `UPDATE "InvoiceRequest" SET claim_state = 'EXPIRED', buyer = $2, modified_at = $3, modified_by = 'system'
       WHERE id = $1 AND claim_state = 'PENDING' AND claim_deadline <= $3 RETURNING ${COLUMNS}`,
      [id, JSON.stringify(buyer), now],
    );
    return row === undefined ? undefined : toRequest(row);
  }

  /** Ends a claim that nobody needs any more: its invoice is cancelled, or issued by a person. */
  async close(tx: Tx, id: string, now: Date): Promise<void> {
    await tx.execute(
      `UPDATE "InvoiceRequest" SET claim_state = 'EXPIRED', modified_at = $2 WHERE id = $1 AND claim_state = 'PENDING'`,
      [id, now],
    );
  }

  /** Frees the sale of a cancelled invoice, so that a new invoice can have a request of its own. */
  async remove(tx: Tx, id: string, now: Date): Promise<void> {
    await tx.execute(`UPDATE "InvoiceRequest" SET deleted_at = $2, modified_at = $2 WHERE id = $1`, [id, now]);
  }

  /** A new version of the token while the claim is open; the old code is worthless then. */
  async reissue(
    tx: Tx,
    id: string,
    next: { readonly version: number; readonly hash: string; readonly keyId: string },
    actorId: string,
    now: Date,
  ): Promise<InvoiceRequest | undefined> {
    const [row] = await tx.query<RequestRow>(
      `UPDATE "InvoiceRequest" SET claim_token_version = $2, claim_token_hash = $3, claim_key_id = $4, modified_by = $5,
         modified_at = $6
       WHERE id = $1 AND claim_state = 'PENDING' AND claim_deadline > $6 AND claim_token_version = $2 - 1
       RETURNING ${COLUMNS}`,
      [id, next.version, next.hash, next.keyId, actorId, now],
    );
    return row === undefined ? undefined : toRequest(row);
  }

  private async first(
    where: string,
    params: readonly unknown[],
    tx: Tx | undefined,
  ): Promise<InvoiceRequest | undefined> {
    const [row] = await (tx ?? this.database).query<RequestRow>(
      `SELECT ${COLUMNS} FROM "InvoiceRequest" ${where}`,
      params,
    );
    return row === undefined ? undefined : toRequest(row);
  }
}
