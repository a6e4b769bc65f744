import 'reflect-metadata';
import { loadConfig } from '@nx/config';
import { SERVICES } from '@nx/contracts';
import { runOps } from '@nx/ops';
import { InvoiceConfig } from './invoice.config';
import { COMMANDS } from './operations/commands/commands';

/** The operators' commands of invoice, with the environment of the service: `node dist/apps/invoice/ops.js <command>`. */
void runOps(process.argv.slice(2), {
  service: SERVICES.invoice,
  commands: COMMANDS,
  postgres: () => loadConfig(InvoiceConfig).postgres,
}).then((code) => {
  process.exitCode = code;
});
