import type { Database } from '@nx/persistence';
import { brokenAt } from './audit-chain';
import { AUDIT_COLUMNS, stepOf, type AuditRow } from './audit-row';

/** Invoices looked at together: what is held in memory at a time. */
const PAGE = 100;
/** Most findings that are named. */
const MOST_NAMED = 100;

export interface TrailFinding {
  readonly code: 'CHAIN_BROKEN' | 'ROW_MISPLACED' | 'INVOICE_GONE';
  readonly invoiceId: string;
  /** Of the first row that does not follow from those before it, or is missing. */
  readonly position: string | null;
}

export interface TrailReport {
  readonly invoices: number;
  readonly rows: number;
  readonly findings: readonly TrailFinding[];
  /** Found beyond those that are named. */
  readonly unnamed: number;
}

interface InvoiceRow {
  id: string;
  version: string;
  merchant_id: string;
  source_id: string;
}

interface TrailRow extends AuditRow {
  merchant_id: string;
  source_id: string;
}

const INVOICES = `SELECT id, version, merchant_id, source_id FROM "Invoice" WHERE id > $1 ORDER BY id LIMIT ${PAGE}`;
// Behind the invoices of a page and up to its last one: rows of an invoice that is gone lie in between.
const ROWS = `SELECT ${AUDIT_COLUMNS}, merchant_id, source_id FROM "InvoiceAuditTracing"
  WHERE invoice_id > $1 AND ($2::text IS NULL OR invoice_id <= $2)
  ORDER BY invoice_id, position`;

/**
 * Recomputes the audit chain of every invoice, page by page in the order of ids. A row that was changed, removed, cut
 * off at the end or put under another merchant or sale is found, and so are rows whose invoice is gone. Runs while the
 * service works: rows written meanwhile belong to a later version and are in order.
 */
export async function verifyTrails(database: Database, onPage: (invoices: number) => void): Promise<TrailReport> {
  const findings: TrailFinding[] = [];
  let [invoices, rows, found] = [0, 0, 0];
  for (let after = '', more = true; more;) {
    const page = await database.query<InvoiceRow>(INVOICES, [after]);
    more = page.length === PAGE;
    const last = more ? (page.at(-1)?.id ?? null) : null;
    const trail = await database.query<TrailRow>(ROWS, [after, last]);
    const wrong = await withoutNewcomers(database, findingsOf(page, trail));
    findings.push(...wrong.slice(0, MOST_NAMED - findings.length));
    found += wrong.length;
    invoices += page.length;
    rows += trail.length;
    after = last ?? after;
    onPage(invoices);
  }
  return { invoices, rows, findings, unnamed: found - findings.length };
}

function findingsOf(page: readonly InvoiceRow[], trail: readonly TrailRow[]): TrailFinding[] {
  const byInvoice = new Map<string, TrailRow[]>();
  for (const row of trail) byInvoice.set(row.invoice_id, [...(byInvoice.get(row.invoice_id) ?? []), row]);
  const findings = page.flatMap((invoice): TrailFinding[] => {
    const rows = byInvoice.get(invoice.id) ?? [];
    byInvoice.delete(invoice.id);
    const broken = brokenAt(rows.map(stepOf), BigInt(invoice.version));
    if (broken !== undefined) return [{ code: 'CHAIN_BROKEN', invoiceId: invoice.id, position: broken.toString() }];
    const misplaced = rows.find(
      (row) => row.merchant_id !== invoice.merchant_id || row.source_id !== invoice.source_id,
    );
    if (misplaced === undefined) return [];
    return [{ code: 'ROW_MISPLACED', invoiceId: invoice.id, position: misplaced.position }];
  });
  const gone = [...byInvoice.keys()].map((invoiceId): TrailFinding => ({
    code: 'INVOICE_GONE',
    invoiceId,
    position: null,
  }));
  return [...findings, ...gone];
}

/** An invoice that was made between the two readings has rows and was not on the page. */
async function withoutNewcomers(database: Database, findings: readonly TrailFinding[]): Promise<TrailFinding[]> {
  const gone = findings.flatMap(({ code, invoiceId }) => (code === 'INVOICE_GONE' ? [invoiceId] : []));
  if (gone.length === 0) return [...findings];
  const rows = await database.query<{ id: string }>(`SELECT id FROM "Invoice" WHERE id = ANY ($1)`, [gone]);
  const there = new Set(rows.map(({ id }) => id));
  return findings.filter(({ code, invoiceId }) => code !== 'INVOICE_GONE' || !there.has(invoiceId));
}
