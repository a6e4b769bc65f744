import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { HttpRequest } from './request';

/** The bytes of the body as they came; an empty buffer when there was none. For signature checks. */
export const RawBody = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Buffer =>
    context.switchToHttp().getRequest<HttpRequest>().rawBody ?? Buffer.alloc(0),
);
