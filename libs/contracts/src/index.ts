export type { Clock } from './clock';
export { SERVICES, type ServiceName, type ServiceRegistration } from './services';
export { deadLetterTopic, MERCHANT_CDC_TOPICS, TOPICS, type EventEnvelope } from './topics';
export { DEFAULT_GRANTS, Permission, PERMISSIONS, ROLES } from './permissions';
export { AppError, invalidField, type AppErrorOptions, type FieldProblem } from './app-error';
export type { ErrorKind } from './error-kind';
export { ERROR_CATALOGUE, statusOf, type ErrorCode } from './error-catalogue';
export {
  PARKED_REASONS,
  PARKED_STATUSES,
  type ParkedReason,
  type ParkedRecordPageShape,
  type ParkedRecordShape,
  type ParkedReplayShape,
  type ParkedStatus,
} from './parked-records';
export * from './payment';
export * from './invoice';
export * from './signal';
export * from './sale';
export * from './merchant-cdc';
export * from './send';
