export { systemClock } from './clock';
export { ConfigError, type ConfigProblem } from './config-error';
export { KafkaConfig, PostgresConfig, RedisConfig } from './connection-groups';
export { describeSettings, type SettingDescription } from './describe-settings';
export type { Environment } from './environment-source';
export { loadConfig, type CompletesItself, type LoadContext } from './load-config';
export {
  ApplicationConfig,
  CONFIG,
  JwksConfig,
  NodeConfig,
  ObservabilityConfig,
  PlatformConfig,
  QueueConfig,
  RateLimitConfig,
  ReliableConfig,
  ServerConfig,
} from './platform-config';
export { RUN_MODES, runModeOf, type RunMode, type ServiceKey } from './run-mode';
export { ForService } from './service-defaults';
export { Group, Setting, type GroupOptions, type SettingKind, type SettingOptions } from './setting';
