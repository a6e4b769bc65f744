import { sha256Hex } from '@nx/crypto';

/** One step of an invoice's life, before it has its place in the chain. */
export interface AuditStep {
  readonly invoiceId: string;
  readonly position: bigint;
  readonly eventType: string;
  readonly outcome: string;
  readonly before: object | null;
  readonly after: object | null;
  readonly actorId: string;
  readonly createdAtMs: number;
}

/** What stands before the first row of every chain. */
export const CHAIN_START = '0'.repeat(64);

/** JSON with members in code-point order: jsonb does not keep the order in which they were written. A date is its text, as there. */
function canonical(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([left], [right]) => (left < right ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** SHA-256 (hex) over the previous row's hash and everything that this row says. */
export function auditHash(previousHash: string, step: AuditStep): string {
  const { invoiceId, position, eventType, outcome, before, after, actorId, createdAtMs } = step;
  const text = canonical([invoiceId, position.toString(), eventType, outcome, before, after, actorId, createdAtMs]);
  return sha256Hex(`${previousHash}\n${text}`);
}

export interface ChainedStep extends AuditStep {
  readonly previousHash: string;
  readonly hash: string;
}

/**
 * The position of the first row that does not follow from those before it, or that is missing; undefined for a whole
 * chain. Each version of the invoice has its row, so one that was cut off at the end is missed too.
 */
export function brokenAt(rows: readonly ChainedStep[], version: bigint): bigint | undefined {
  let previous = CHAIN_START;
  let expected = 1n;
  for (const row of rows) {
    if (row.position !== expected) return expected;
    if (row.previousHash !== previous || row.hash !== auditHash(previous, row)) return row.position;
    previous = row.hash;
    expected += 1n;
  }
  return expected > version ? undefined : expected;
}
