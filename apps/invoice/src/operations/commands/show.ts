import { table, textOf, UsageError, type Command } from '@nx/ops';

interface InvoiceRow {
  id: string;
  source_id: string;
  merchant_id: string;
  origin: string;
  provider: string;
  provider_key: string | null;
  series: string;
  invoice_date: string | null;
  invoice_number: string | null;
  issuance_status: string;
  authority_status: string;
  findings: string[];
  retry_count: number;
  due_at: Date | null;
  legal_deadline_at: Date;
  error: string | null;
}
interface CallRow {
  invoice_id: string;
  sequence: number;
  kind: string;
  provider: string;
  outcome: string | null;
  error_code: string | null;
  started_at: Date;
  latency_ms: number | null;
  proven: boolean;
}
interface StepRow {
  invoice_id: string;
  position: string;
  event_type: string;
  outcome: string;
  actor_id: string;
  created_at: Date;
}
interface FindingRow {
  id: string;
  code: string;
  status: string;
  owner: string | null;
  detail: string;
}

const INVOICES = `SELECT id, source_id, merchant_id, origin, provider, provider_key, invoice_form || invoice_symbol AS series,
    invoice_date, invoice_number, issuance_status, authority_status, findings, retry_count, due_at, legal_deadline_at,
    metadata ->> 'errorMessage' AS error
  FROM "Invoice" WHERE ($1::text IS NULL OR id = $1) AND ($2::text IS NULL OR source_id = $2) AND deleted_at IS NULL
  ORDER BY created_at, id LIMIT 50`;
const CALLS = `SELECT invoice_id, sequence, kind, provider, outcome, error_code, started_at, latency_ms,
    absence_proven_at IS NOT NULL AS proven
  FROM "InvoiceIssuance" WHERE invoice_id = ANY ($1) ORDER BY invoice_id, sequence`;
const STEPS = `SELECT invoice_id, position, event_type, outcome, actor_id, created_at
  FROM "InvoiceAuditTracing" WHERE invoice_id = ANY ($1) ORDER BY invoice_id, position`;
const FINDINGS = `SELECT id, code, status, owner, detail FROM "Finding"
  WHERE invoice_id = ANY ($1) OR source_id = ANY ($2) ORDER BY created_at, id`;

const iso = (at: Date | null): string => at?.toISOString() ?? '-';

const invoiceLines = (row: InvoiceRow): string[] => [
  `invoice ${row.id}  ${row.issuance_status}  authority ${row.authority_status}  ${row.origin}`,
  `  order ${row.source_id}, merchant ${row.merchant_id}, ${row.provider} ${row.series} number ${row.invoice_number ?? '-'}`,
  `  key ${row.provider_key ?? '-'} of ${row.invoice_date ?? '-'}, retries ${row.retry_count}, due ${iso(row.due_at)}`,
  `  legal deadline ${iso(row.legal_deadline_at)}${row.findings.length > 0 ? `, waits for ${row.findings.join(', ')}` : ''}`,
  ...(row.error === null ? [] : [`  ${row.error}`]),
];

const callLines = (calls: readonly CallRow[]): string[] =>
  calls.length === 0
    ? ['no call to a provider yet']
    : table(
        ['call', 'kind', 'provider', 'outcome', 'code', 'at', 'ms'],
        calls.map((call) => [
          String(call.sequence),
          call.kind,
          call.provider,
          `${call.outcome ?? 'RUNNING'}${call.proven ? ', proven to have issued nothing' : ''}`,
          call.error_code ?? '',
          iso(call.started_at),
          String(call.latency_ms ?? ''),
        ]),
      );

/** `invoice show`: everything that is known of an invoice, or of all invoices of an order. */
export const SHOW: Command = {
  name: 'invoice show',
  usage: 'invoice show --source-id=<order> | --id=<invoice>',
  about: 'an invoice with its calls to providers, its audit trail and its findings',
  options: { 'source-id': { type: 'string' }, id: { type: 'string' } },
  positionals: 0,
  run: async ({ database }, input) => {
    const [id, sourceId] = [textOf(input, 'id'), textOf(input, 'source-id')];
    if ((id === undefined) === (sourceId === undefined)) throw new UsageError('give --source-id or --id');
    const invoices = await database.query<InvoiceRow>(INVOICES, [id ?? null, sourceId ?? null]);
    const ids = invoices.map((row) => row.id);
    const calls = await database.query<CallRow>(CALLS, [ids]);
    const steps = await database.query<StepRow>(STEPS, [ids]);
    const findings = await database.query<FindingRow>(FINDINGS, [ids, invoices.map((row) => row.source_id)]);
    const open = findings.some(({ status }) => status === 'OPEN');
    const lines = invoices.flatMap((row) => [
      ...invoiceLines(row),
      '',
      ...callLines(calls.filter((call) => call.invoice_id === row.id)),
      '',
      ...table(
        ['step', 'event', 'outcome', 'by', 'at'],
        steps
          .filter((step) => step.invoice_id === row.id)
          .map((step) => [step.position, step.event_type, step.outcome, step.actor_id, iso(step.created_at)]),
      ),
      '',
    ]);
    const found = findings.map(
      ({ code, status, owner, detail }) => `${status} ${code} (${owner ?? 'nobody'}): ${detail}`,
    );
    return {
      finding: invoices.length === 0 || open || invoices.some(({ issuance_status: status }) => status === 'FAILED'),
      json: { invoices, calls, steps, findings },
      lines: invoices.length === 0 ? ['there is no such invoice'] : [...lines, ...found],
    };
  },
};
