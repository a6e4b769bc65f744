import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import { randomUUID } from 'node:crypto';
import { AppError, type ErrorCode } from '@nx/contracts';
import { PROBLEM_TYPE, problemBody } from './problem';

interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
}

const MALFORMED: Refusal = { status: 400, code: 'request.malformed', detail: 'The request cannot be read.' };

/** Errors of Node's HTTP parser by code. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'request.malformed', detail: 'The headers are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request.timeout', detail: 'The request did not arrive in time.' },
};

/** Answers what never became a request (broken framing, huge headers, a sender that stops) and closes the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, detail } = REFUSALS[error.code ?? ''] ?? MALFORMED;
  const requestId = randomUUID();
  const problem = problemBody(new AppError({ code, detail }), { instance: '/', requestId });
  const body = JSON.stringify({ ...problem, status, statusCode: status });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
