import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { HttpReply } from './request';

/** A handler's result with a status or headers of its own; a plain value keeps the route's status. */
export class Answer<T> {
  constructor(
    readonly status: number,
    readonly body: T,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  /** The first answer again, for a repeated idempotency key. */
  static replayed<T>(status: number, body: T): Answer<T> {
    return new Answer(status, body, { 'idempotency-replayed': 'true' });
  }
}

/** Writes an `Answer`'s status and headers. */
@Injectable()
export class AnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map((value: unknown) => {
        if (!(value instanceof Answer)) return value;
        const reply = context.switchToHttp().getResponse<HttpReply>();
        reply.status(value.status).headers(value.headers);
        return value.body as unknown;
      }),
    );
  }
}
