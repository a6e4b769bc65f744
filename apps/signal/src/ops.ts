import 'reflect-metadata';
import { loadConfig } from '@nx/config';
import { SERVICES } from '@nx/contracts';
import { runOps } from '@nx/ops';
import { COMMANDS } from './dead-letters/commands';
import { SignalConfig } from './signal.config';

/** The operators' commands of signal, with the environment of the service: `node dist/apps/signal/ops.js <command>`. */
void runOps(process.argv.slice(2), {
  service: SERVICES.signal,
  commands: COMMANDS,
  postgres: () => loadConfig(SignalConfig).postgres,
}).then((code) => {
  process.exitCode = code;
});
