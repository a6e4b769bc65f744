import 'reflect-metadata';
import { loadConfig } from '@nx/config';
import { SERVICES } from '@nx/contracts';
import { runOps } from '@nx/ops';
import { COMMANDS } from './operations/commands/commands';
import { PaymentConfig } from './payment.config';

/** The operators' commands of payment, with the environment of the service: `node dist/apps/payment/ops.js <command>`. */
void runOps(process.argv.slice(2), {
  service: SERVICES.payment,
  commands: COMMANDS,
  postgres: () => loadConfig(PaymentConfig).postgres,
}).then((code) => {
  process.exitCode = code;
});
