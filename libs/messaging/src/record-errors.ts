/** What an error of a handler means for its record. */
export type ErrorClass = 'infrastructure' | 'sibling' | 'record';

/** A defect of the record itself. Three quick tries, then parked; `retryable: false` parks it at once. */
export class RecordError extends Error {
  readonly retryable: boolean;

  constructor(message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RecordError';
    this.retryable = options.retryable ?? true;
  }
}

/** Another service, reached over HTTP, is away: the record is parked at once and retried without end. */
export class SiblingUnavailableError extends Error {
  readonly sibling: string;

  constructor(sibling: string, options: { message?: string; cause?: unknown } = {}) {
    super(
      options.message ?? `${sibling} is not available`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'SiblingUnavailableError';
    this.sibling = sibling;
  }
}

/** Tells apart what the handler threw; `isInfrastructureError` is the application's predicate (database, Redis, network). */
export function classifyError(error: unknown, isInfrastructureError: (error: unknown) => boolean): ErrorClass {
  if (error instanceof SiblingUnavailableError) return 'sibling';
  if (error instanceof RecordError) return 'record';
  return isInfrastructureError(error) ? 'infrastructure' : 'record';
}
