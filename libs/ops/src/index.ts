export {
  callService,
  problemSentence,
  RefusedError,
  ServiceFailedError,
  type ServiceAnswer,
  type ServiceCaller,
  type ServiceRequest,
  type ServiceTarget,
} from './call-service';
export { actionPath, changeCommand, type ChangeCommand } from './change-command';
export {
  requiredText,
  textOf,
  UsageError,
  type Command,
  type CommandAnswer,
  type CommandInput,
  type OpsContext,
} from './command';
export { EXIT, runCommand, usageOf, type CommandOutput, type CommandSet } from './run-command';
export { OpsConfig } from './ops.config';
export { parkedCommands } from './parked-commands';
export { runOps, type OpsOptions } from './run-ops';
export { table } from './table';
