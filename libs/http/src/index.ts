export { Answer } from './answer';
export { Internal, OpenRoute, OperatorOnly, ROUTE_ACCESS, type RouteAccess } from './access';
export { ApiProblems, ProblemDocument } from './api-problems';
export { createApp } from './create-app';
export { GuardedAgent, type Resolver } from './guarded-agent';
export { HttpModule } from './http.module';
export {
  IDEMPOTENCY,
  type IdempotencyOutcome,
  type IdempotencyPort,
  type IdempotencyRequest,
  type IdempotencyRun,
  type OnceRequest,
} from './idempotency-port';
export { Once, OnceKey } from './once';
export {
  Idempotent,
  IdempotencyKey,
  idempotencyRequestOf,
  idempotencyReused,
  idempotencyRunning,
  IdempotentRun,
} from './idempotency';
export { isLoopback, isLoopbackAddress } from './loopback';
export { openApiDocument } from './open-api';
export { OptionalMember } from './optional-member';
export {
  OutboundClient,
  type OutboundCall,
  type OutboundLimits,
  type OutboundRequest,
  type OutboundResponse,
} from './outbound-client';
export { NotCalledError, OutboundNetworkError, OutboundTimeoutError, RefusedAddressError } from './outbound-errors';
export { decodeCursor, encodeCursor, page, PageQuery, type Cursor, type Page } from './pagination';
export { ProblemFilter } from './problem.filter';
export { problemBody, toAppError, type ProblemBody, type ProblemOptions } from './problem';
export { RateLimiter } from './rate-limit';
export { RawBody } from './raw-body';
export { ClaimRate, ProviderCallback, Route, type RateLimitClass, type RouteSettings } from './route-settings';
export { runService } from './run-service';
export { REQUEST_ENDS, sendPort, type LostCall, type RequestEnd, type SendPortOptions } from './send-port';
export { AllowedNetworks, guardUrl } from './url-guard';
export { headerCount, singleHeader, type HttpReply, type HttpRequest } from './request';
export type { ProgressLog, ServiceOptions } from './service-options';
export { RequestValidationPipe } from './validation';
