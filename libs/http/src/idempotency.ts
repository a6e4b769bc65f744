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
import { ApiHeader } from '@nestjs/swagger';
import { handleAll, retry } from 'cockatiel';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { AppError, statusOf } from '@nx/contracts';
import { canonicalJson, sha256Hex } from '@nx/crypto';
import { currentContext, Logger } from '@nx/observability';
import { Answer } from './answer';
import {
  IDEMPOTENCY,
  type IdempotencyOutcome,
  type IdempotencyPort,
  type IdempotencyRequest,
  type IdempotencyRun,
} from './idempotency-port';
import { headerCount, singleHeader, type HttpReply, type HttpRequest } from './request';

const HEADER = 'idempotency-key';
const PRINTABLE_ASCII = /^[\x20-\x7e]{1,255}$/;
const IDEMPOTENT = 'nx:idempotent';
/** What runs under a key, as its handler may ask. */
const RUNS = new WeakMap<HttpRequest, IdempotencyRun>();
/** What broke is most often one connection, and the next one is whole; both statements may be repeated. */
const SETTLING = retry(handleAll, { maxAttempts: 1 });

interface IdempotentOptions {
  /** What is kept of the answer for a replay; leaves out what may be shown only once. */
  readonly remember?: (body: unknown) => unknown;
}

interface IdempotentMetadata extends IdempotentOptions {
  readonly operation: string;
}

/** The header in the OpenAPI document. */
export const HeaderDocument = ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  description: 'The same key and body give the first answer again for 24 h, marked `Idempotency-Replayed: true`.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
});

/**
 * Reads `Idempotency-Key`. Throws `idempotency.key_invalid` (400) for two headers or characters other than 1..255
 * of printable ASCII. `undefined` without the header.
 */
export function idempotencyRequestOf(request: HttpRequest, operation: string): IdempotencyRequest | undefined {
  const count = headerCount(request, HEADER);
  if (count === 0) return undefined;
  const key = singleHeader(request, HEADER) ?? '';
  if (count > 1 || !PRINTABLE_ASCII.test(key)) {
    throw new AppError({
      code: 'idempotency.key_invalid',
      detail: 'Send one Idempotency-Key of 1 to 255 printable ASCII characters.',
    });
  }
  const context = currentContext();
  // The operation's name does not tell which thing a path names, so the route's parameters are hashed too.
  const asked = canonicalJson({ params: request.params, body: request.body });
  return {
    scope: context?.merchantId ?? context?.userId ?? 'public',
    operation,
    key,
    fingerprint: sha256Hex(asked),
  };
}

/** The refusal of a key that runs or was used for another body. */
export const idempotencyRunning = (retryAfterSeconds: number): AppError =>
  new AppError({
    code: 'idempotency.in_progress',
    detail: 'The first request with this key is still running.',
    retryAfterSeconds,
  });

export const idempotencyReused = (): AppError =>
  new AppError({ code: 'idempotency.key_reused', detail: 'This Idempotency-Key was used with another body.' });

/**
 * Answers a repeated key from the store, and remembers 2xx answers. The key is completed after the operation's COMMIT, in
 * a statement of its own: when the process dies in between, or nobody knows what became of the COMMIT, a repetition runs
 * the operation again. So it is for operations whose second run finds the first one's effect and says so rightly; what
 * creates something takes `@Once`. Only a refusal (4xx) gives the key back. After any other error it stays with its
 * body, unlocked: the same request may go on at once, another one is refused.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    @Inject(IDEMPOTENCY) private readonly port: IdempotencyPort,
    private readonly logger: Logger,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const metadata = this.reflector.get<IdempotentMetadata>(IDEMPOTENT, context.getHandler());
    const http = context.switchToHttp().getRequest<HttpRequest>();
    const request = idempotencyRequestOf(http, metadata.operation);
    if (request === undefined) return next.handle();
    const outcome = await this.port.begin(request);
    if (outcome.state !== 'started') return from([replayOf(outcome)]);
    RUNS.set(http, { request, ids: outcome.ids ?? {} });
    return from(this.run(request, metadata, context.switchToHttp().getResponse<HttpReply>(), next));
  }

  private async run(
    request: IdempotencyRequest,
    metadata: IdempotentMetadata,
    reply: HttpReply,
    next: CallHandler,
  ): Promise<unknown> {
    let result: unknown;
    try {
      result = await lastValueFrom(next.handle(), { defaultValue: undefined });
    } catch (error) {
      await this.giveBack(request, error);
      throw error;
    }
    const answer = result instanceof Answer ? result : new Answer(reply.statusCode, result);
    const remember = metadata.remember ?? ((body: unknown) => body);
    try {
      await SETTLING.execute(() =>
        answer.status < 300
          ? this.port.complete(request, { status: answer.status, body: remember(answer.body) ?? null })
          : this.port.release(request),
      );
    } catch (error) {
      // The effect is committed: the caller must hear of it, though a repetition will not be recognised.
      this.logger.error('idempotency key not completed', { operation: request.operation, error });
    }
    return result;
  }

  /** The caller hears why his request failed, also when the key cannot be given back: its lock runs out by itself. */
  private async giveBack(request: IdempotencyRequest, error: unknown): Promise<void> {
    const refused = error instanceof AppError && statusOf(error.code) < 500;
    try {
      await (refused ? this.port.release(request) : this.port.unlock(request));
    } catch (cause) {
      this.logger.warn('idempotency key not given back', { operation: request.operation, error: cause });
    }
  }
}

/** The answer of a first use that is done. Throws the refusals of one that runs or was for another body. */
export const replayOf = (outcome: Exclude<IdempotencyOutcome, { state: 'started' }>): Answer<unknown> => {
  if (outcome.state === 'running') throw idempotencyRunning(outcome.retryAfterSeconds);
  if (outcome.state === 'reused') throw idempotencyReused();
  return Answer.replayed(outcome.status, outcome.body);
};

/** The operation takes `Idempotency-Key`: a repetition gets the first answer. The name stays when the path changes. */
export function Idempotent(operation: string, options: IdempotentOptions = {}): MethodDecorator {
  return applyDecorators(
    SetMetadata(IDEMPOTENT, { operation, ...options } satisfies IdempotentMetadata),
    UseInterceptors(IdempotencyInterceptor),
    HeaderDocument,
  );
}

/**
 * The run of an operation with `@Idempotent` that takes several transactions: `IdempotencyRun | undefined`. Each keeps
 * under the key what it has done (`IdempotencyStore.keepIds(run.request, …, tx)`), and a retry goes on from there.
 */
export const IdempotentRun = createParamDecorator((_data: unknown, context: ExecutionContext) =>
  RUNS.get(context.switchToHttp().getRequest<HttpRequest>()),
);

const IdempotencyKeyParam = createParamDecorator((operation: string, context: ExecutionContext) =>
  idempotencyRequestOf(context.switchToHttp().getRequest<HttpRequest>(), operation),
);

/**
 * The key of a request (`IdempotencyRequest | undefined`) for an operation that writes its row in its own
 * transaction; it answers with `Answer.replayed`, `idempotencyRunning` or `idempotencyReused`.
 */
export function IdempotencyKey(operation: string): ParameterDecorator {
  return (target, name, index) => {
    IdempotencyKeyParam(operation)(target, name, index);
    const descriptor = name === undefined ? undefined : Object.getOwnPropertyDescriptor(target, name);
    if (name !== undefined && descriptor !== undefined) HeaderDocument(target, name, descriptor);
  };
}
