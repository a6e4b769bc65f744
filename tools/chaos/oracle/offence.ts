/**
 * LOST: it happened and we do not know, or did not tell. DUPLICATED: once there, more than once here, or the other way
 * round. UNEXPLAINED: đồng that no record of the truth accounts for. BROKEN: a rule of our own books does not hold.
 */
export type OffenceKind = 'LOST' | 'DUPLICATED' | 'UNEXPLAINED' | 'BROKEN';

export interface Offence {
  readonly kind: OffenceKind;
  /** What it is about: a provider's number, a transaction, an order, an invoice. */
  readonly subject: string;
  readonly what: string;
  /** Đồng; only for UNEXPLAINED. */
  readonly amount: number;
  /** Can be given to `ops why`. */
  readonly payment?: string;
}

export const lost = (subject: string, what: string, payment?: string): Offence =>
  offence('LOST', subject, what, 0, payment);

export const duplicated = (subject: string, what: string, payment?: string): Offence =>
  offence('DUPLICATED', subject, what, 0, payment);

export const broken = (subject: string, what: string, payment?: string): Offence =>
  offence('BROKEN', subject, what, 0, payment);

/** `amount` may have either sign. */
export const unexplained = (subject: string, amount: number, what: string, payment?: string): Offence =>
  offence('UNEXPLAINED', subject, what, Math.abs(amount), payment);

function offence(
  kind: OffenceKind,
  subject: string,
  what: string,
  amount: number,
  payment: string | undefined,
): Offence {
  return { kind, subject, what, amount, ...(payment === undefined ? {} : { payment }) };
}

export const sum = <T>(rows: readonly T[], amountOf: (row: T) => number): number =>
  rows.reduce((total, row) => total + amountOf(row), 0);

/** Rows by a key, in the order in which they came. */
export function grouped<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
