import type { ErrorCode } from './error-catalogue';

/** One entry per wrong member: where it is (RFC 6901 pointer) and what to do about it. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

export interface AppErrorOptions {
  /** Stable dotted key; its kind, title and remedy stand in the catalogue. */
  readonly code: ErrorCode;
  /** What the caller may read: names the field or thing and the next step. */
  readonly detail: string;
  readonly errors?: readonly FieldProblem[];
  /** Further members of the answer, for example the transaction that stands in the way. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
  /** What the operator needs and the caller must not see; goes to the log only. */
  readonly operatorDetail?: string;
  readonly cause?: unknown;
}

/** The one error type that use cases throw on purpose. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: readonly FieldProblem[] | undefined;
  readonly extra: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly operatorDetail: string | undefined;

  constructor(options: AppErrorOptions) {
    super(`${options.code}: ${options.detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = options.code;
    this.detail = options.detail;
    this.errors = options.errors;
    this.extra = options.extra;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.operatorDetail = options.operatorDetail;
  }
}

/** An error for one wrong member of an otherwise readable request. */
export const invalidField = (code: ErrorCode, pointer: string, detail: string): AppError =>
  new AppError({ code, detail, errors: [{ pointer, detail }] });
