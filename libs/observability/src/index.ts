export { answerWithin, NoAnswerError } from './answer-within';
export { currentContext, runWithContext, traceIdOf, type RequestContext } from './context';
export {
  HealthRegistry,
  type HealthCheck,
  type HealthIndicator,
  type HealthReport,
  type IndicatorReport,
} from './health';
export { Logger, type LoggerOptions, type LogLevel } from './logger';
export { Metrics, PROCESSING_SECONDS, type Counter, type Gauge, type Histogram } from './metrics';
export { startMetricsServer } from './metrics-server';
export { NestLoggerAdapter } from './nest-logger';
export { CLOCK, ObservabilityModule, type ObservabilityOptions } from './observability.module';
export { REDACTED, isSensitiveKey, redact, redactText } from './redact';
