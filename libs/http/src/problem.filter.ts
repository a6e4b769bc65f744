import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { statusOf, type AppError } from '@nx/contracts';
import type { Logger } from '@nx/observability';
import { PROBLEM_TYPE, problemBody, toAppError, type ProblemOptions } from './problem';
import { requestIdOf } from './request-context';
import type { HttpReply, HttpRequest } from './request';

/** The one place where an error becomes an HTTP answer. Never a stack trace, never an SQL text. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly options: ProblemOptions,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    const reply = http.getResponse<HttpReply>();
    const error = toAppError(thrown, this.options);
    this.log(error);
    if (reply.sent || reply.raw.headersSent) return;
    const body = problemBody(error, { instance: pathOf(request), requestId: requestIdOf(request) });
    if (error.retryAfterSeconds !== undefined)
      void reply.header('retry-after', String(Math.ceil(error.retryAfterSeconds)));
    if (body.status === 401) void reply.header('www-authenticate', 'Bearer');
    void reply.status(body.status).header('content-type', PROBLEM_TYPE).header('cache-control', 'no-store');
    void reply.send(JSON.stringify(body));
  }

  /** 5xx with their cause for the operator; what the caller did wrong is told by the request line's code. */
  private log(error: AppError): void {
    const status = statusOf(error.code);
    if (status >= 500) {
      this.logger.error('request failed', {
        code: error.code,
        operatorDetail: error.operatorDetail,
        error: error.cause ?? error,
      });
    } else if (error.operatorDetail !== undefined) {
      this.logger.warn('request refused', { code: error.code, operatorDetail: error.operatorDetail });
    }
  }
}

/** The path without its query: a query may hold a token. */
const pathOf = (request: HttpRequest): string => request.url.split('?', 1)[0] ?? '/';
