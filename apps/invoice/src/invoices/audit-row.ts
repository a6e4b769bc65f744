import type { ChainedStep } from './audit-chain';

/** A row of "InvoiceAuditTracing", as far as its chain goes. */
export interface AuditRow {
  invoice_id: string;
  position: string;
  event_type: string;
  outcome: string;
  before: object | null;
  after: object | null;
  actor_id: string;
  created_at: Date;
  previous_hash: string;
  hash: string;
}

export const AUDIT_COLUMNS =
  'invoice_id, position, event_type, outcome, before, after, actor_id, created_at, previous_hash, hash';

export const stepOf = (row: AuditRow): ChainedStep => ({
  invoiceId: row.invoice_id,
  position: BigInt(row.position),
  eventType: row.event_type,
  outcome: row.outcome,
  before: row.before,
  after: row.after,
  actorId: row.actor_id,
  createdAtMs: row.created_at.getTime(),
  previousHash: row.previous_hash,
  hash: row.hash,
});
