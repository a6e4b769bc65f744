import {
  applyDecorators,
  createParamDecorator,
  Inject,
  Injectable,
  SetMetadata,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { AppError } from '@nx/contracts';
import { Answer } from './answer';
import { HeaderDocument, idempotencyRequestOf, replayOf } from './idempotency';
import { IDEMPOTENCY, type IdempotencyPort, type IdempotencyRequest, type OnceRequest } from './idempotency-port';
import type { HttpReply, HttpRequest } from './request';

const ONCE = 'nx:once';

interface OnceOptions {
  /**
   * The whole answer out of what was remembered and the body that was sent: what must not lie in the table as plain
   * text is left out there, and a repetition sends it again (another body is refused).
   */
  readonly restore?: (remembered: unknown, asked: unknown) => unknown;
}

interface OnceMetadata extends OnceOptions {
  readonly operation: string;
}

const REFLECTOR = new Reflector();

const metadataOf = (context: ExecutionContext): OnceMetadata => {
  const metadata = REFLECTOR.get<OnceMetadata | undefined>(ONCE, context.getHandler());
  if (metadata === undefined) throw new Error(`${context.getHandler().name} takes a key without @Once`);
  return metadata;
};

/** Replays what an operation has remembered in its own transaction. */
@Injectable()
export class OnceInterceptor implements NestInterceptor {
  constructor(@Inject(IDEMPOTENCY) private readonly port: IdempotencyPort) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const metadata = metadataOf(context);
    const http = context.switchToHttp().getRequest<HttpRequest>();
    const request = idempotencyRequestOf(http, metadata.operation);
    if (request === undefined) return next.handle();
    const first = await this.port.look(request);
    if (first !== undefined) return from([restored(replayOf(first), metadata, http.body)]);
    return from(this.run(request, metadata, http.body, next));
  }

  /**
   * Whoever fails may have been overtaken by the same request, or not have heard of his own COMMIT: then the answer is
   * there. Where nobody can be asked, the error stays.
   */
  private async run(
    request: IdempotencyRequest,
    metadata: OnceMetadata,
    asked: unknown,
    next: CallHandler,
  ): Promise<unknown> {
    try {
      return await lastValueFrom(next.handle(), { defaultValue: undefined });
    } catch (error) {
      const first = await this.port.look(request).catch(() => undefined);
      const lost = error instanceof AppError && error.code === 'idempotency.in_progress';
      if (first === undefined || (first.state !== 'done' && !lost)) throw error;
      return restored(replayOf(first), metadata, asked);
    }
  }
}

const restored = (answer: Answer<unknown>, { restore }: OnceMetadata, asked: unknown): Answer<unknown> =>
  restore === undefined ? answer : Answer.replayed(answer.status, restore(answer.body, asked));

/**
 * The operation takes `Idempotency-Key` and remembers its answer in its own transaction: it takes `@OnceKey()` and
 * calls `IdempotencyStore.remember(tx, key, body)` there. Effect and key are committed together or not at all, so a
 * repetition gets the first answer whatever was lost between. The name stays when the path changes.
 */
export function Once(operation: string, options: OnceOptions = {}): MethodDecorator {
  return applyDecorators(
    SetMetadata(ONCE, { operation, ...options } satisfies OnceMetadata),
    UseInterceptors(OnceInterceptor),
    HeaderDocument,
  );
}

/** The key of a request to an operation with `@Once`: `OnceRequest | undefined`. */
export const OnceKey = createParamDecorator((_data: unknown, context: ExecutionContext): OnceRequest | undefined => {
  const http = context.switchToHttp();
  const request = idempotencyRequestOf(http.getRequest<HttpRequest>(), metadataOf(context).operation);
  // The route's own status is set before its arguments are read.
  return request === undefined ? undefined : { ...request, status: http.getResponse<HttpReply>().statusCode };
});
