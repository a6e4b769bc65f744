import { HttpException } from '@nestjs/common';
import { AppError, ERROR_CATALOGUE, statusOf, type ErrorCode, type FieldProblem } from '@nx/contracts';

/** Media type of RFC 9457. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The body of every refused request: RFC 9457, with `message` and `statusCode` of the older clients' body. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  /** What the caller does about it: the same for every occurrence of the code. */
  readonly remedy: string;
  readonly errors?: readonly FieldProblem[];
  readonly message: string;
  readonly statusCode: number;
  readonly requestId: string;
  readonly [extension: string]: unknown;
}

export interface ProblemOptions {
  /** Whether an error means that a dependency is away; such an error is a 503 and nothing was done. */
  readonly isInfrastructureError: (error: unknown) => boolean;
}

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'request.malformed',
  401: 'auth.unauthenticated',
  403: 'auth.forbidden',
  404: 'request.not_found',
  405: 'request.not_found',
  408: 'request.timeout',
  413: 'request.too_large',
  414: 'request.malformed',
  415: 'request.unsupported_media_type',
  422: 'request.invalid',
  429: 'request.rate_limited',
  503: 'service.unavailable',
};

/** What a framework refusal says to the caller; our own words, so that nothing of the inside leaks. */
const DETAIL_OF_CODE: Partial<Record<ErrorCode, string>> = {
  'request.malformed': 'The request cannot be read.',
  'request.not_found': 'There is nothing at this path.',
  'request.timeout': 'The request did not arrive in time.',
  'request.too_large': 'The body is larger than this route takes.',
  'request.unsupported_media_type': 'This route does not take the content type of the body.',
  'service.unavailable': 'A dependency is away.',
};

const statusOfForeign = (error: unknown): number => {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number') {
    return error.statusCode;
  }
  return 500;
};

/**
 * Turns any thrown value into an `AppError`. Framework errors keep their status; what is not known becomes
 * `service.internal` (500) with a fixed text, the cause staying for the log.
 */
export function toAppError(error: unknown, options: ProblemOptions): AppError {
  if (error instanceof AppError) return error;
  const code: ErrorCode = options.isInfrastructureError(error)
    ? 'service.unavailable'
    : (CODE_OF_STATUS[statusOfForeign(error)] ?? 'service.internal');
  const detail = DETAIL_OF_CODE[code] ?? ERROR_CATALOGUE[code].remedy;
  return new AppError({
    code,
    detail,
    cause: error,
    ...(code === 'service.unavailable' ? { retryAfterSeconds: 1 } : {}),
  });
}

/** The answer's body. `extra` members come first, so that they can never replace one of the standard ones. */
export function problemBody(
  error: AppError,
  request: { readonly instance: string; readonly requestId: string },
): ProblemBody {
  const status = statusOf(error.code);
  const { title, remedy } = ERROR_CATALOGUE[error.code];
  return {
    ...error.extra,
    type: `urn:nx:problem:${error.code}`,
    title,
    status,
    detail: error.detail,
    instance: request.instance,
    code: error.code,
    remedy,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    message: error.detail,
    statusCode: status,
    requestId: request.requestId,
  };
}
