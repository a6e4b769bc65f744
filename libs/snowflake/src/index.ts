export {
  EPOCH_MS,
  MAX_NODE_ID,
  MAX_SEQUENCE,
  compareIds,
  compose,
  decode,
  encode,
  isSnowflake,
  parseSnowflake,
} from './codec';
export type { SnowflakeParts } from './codec';
export { ClockMovedBackError, NotFencedError, SnowflakeError } from './snowflake-errors';
export type { SnowflakeErrorReason } from './snowflake-errors';
export { MAX_CLOCK_BACK_MS, SnowflakeGenerator } from './snowflake-generator';
export type { SnowflakeGeneratorOptions } from './snowflake-generator';
