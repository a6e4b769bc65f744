interface DatabaseErrorShape {
  code?: unknown;
  constraint?: unknown;
  message?: unknown;
  driverError?: unknown;
  cause?: unknown;
  errors?: unknown;
}

/** The connection broke before the commit, and the server says that nothing stands. Counts as an error of the infrastructure. */
export class TransactionLostError extends Error {
  readonly code = 'TRANSACTION_LOST';

  constructor(cause: unknown) {
    super('the connection was lost before the transaction was committed: nothing of it stands', { cause });
    this.name = 'TransactionLostError';
  }
}

/** COMMIT was sent, no answer came and the server could not be asked: the transaction may stand or not. Counts as an error of the infrastructure. */
export class CommitOutcomeUnknownError extends Error {
  readonly code = 'COMMIT_OUTCOME_UNKNOWN';

  constructor(cause: unknown) {
    super('the connection was lost while the transaction was being committed: its outcome is not known', { cause });
    this.name = 'CommitOutcomeUnknownError';
  }
}

/** The database answers and does not take writes: a standby, or a primary that was made read-only. */
export class ReadOnlyDatabaseError extends Error {
  readonly code = '25006';

  constructor() {
    super('the database is read-only');
    this.name = 'ReadOnlyDatabaseError';
  }
}

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'COMMIT_OUTCOME_UNKNOWN',
  'TRANSACTION_LOST',
]);

/**
 * SQLSTATE classes 08 connection, 53 resources, 58 system; single codes: lost against another transaction, shutdown,
 * read-only, login while a password rotates.
 */
const STATES = /^(08...|53...|58...|40001|40P01|57P0[1-5]|25006|28P01|28000|26000)$/;

/** Errors of the driver that carry no code. */
const MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|connection timeout|Query read timeout|not queryable|Client was closed|server closed the connection|Connection ended|after calling end on the pool/i;

/** The chain of an error: itself, what it wraps, and the parts of an aggregate (one per address that was tried). */
function* chain(error: unknown, depth = 0): Generator<DatabaseErrorShape> {
  if (typeof error !== 'object' || error === null || depth > 5) return;
  const shape = error as DatabaseErrorShape;
  yield shape;
  if (shape.driverError !== shape) yield* chain(shape.driverError, depth + 1);
  yield* chain(shape.cause, depth + 1);
  if (Array.isArray(shape.errors)) for (const part of shape.errors) yield* chain(part, depth + 1);
}

function some(error: unknown, test: (shape: DatabaseErrorShape) => boolean): boolean {
  for (const shape of chain(error)) if (test(shape)) return true;
  return false;
}

/** True for SQLSTATE 23505, of the named constraint or index when one is given. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return some(
    error,
    (shape) => shape.code === '23505' && (constraint === undefined || shape.constraint === constraint),
  );
}

/** True for SQLSTATE 23503. */
export function isForeignKeyViolation(error: unknown, constraint?: string): boolean {
  return some(
    error,
    (shape) => shape.code === '23503' && (constraint === undefined || shape.constraint === constraint),
  );
}

/** True when the error, or what it wraps, carries this SQLSTATE. */
export function hasSqlState(error: unknown, state: string): boolean {
  return some(error, (shape) => shape.code === state);
}

/** True when it was given up for another transaction (serialization, deadlock): nothing of it stands, and it may be repeated. */
export function isLostToAnother(error: unknown): boolean {
  return hasSqlState(error, '40001') || hasSqlState(error, '40P01');
}

/** True for SQLSTATE 53100: there is no space for what was to be written. */
export function isDiskFull(error: unknown): boolean {
  return hasSqlState(error, '53100');
}

/** True when the database refused a write because it is read-only. */
export function isReadOnlyError(error: unknown): boolean {
  return some(error, (shape) => shape.code === '25006');
}

/**
 * True when the fault is the database's or the network's, not the statement's: connection, shutdown, read-only, disk
 * full, too many connections, a deadlock, unknown outcome of a commit. Such errors are retried without counting.
 */
export function isInfrastructureError(error: unknown): boolean {
  return some(error, ({ code, message }) => {
    if (typeof code === 'string' && (SOCKET_CODES.has(code) || STATES.test(code))) return true;
    return code === undefined && typeof message === 'string' && MESSAGES.test(message);
  });
}
