import 'reflect-metadata';
import { loadConfig, systemClock } from '@nx/config';
import { Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { EXIT, runCommand } from './operations/commands/run-command';
import { PaymentConfig } from './payment.config';

const out = (line: string): void => void process.stdout.write(`${line}\n`);
const error = (line: string): void => void process.stderr.write(`${line}\n`);

/** The operators' commands of payment, with the environment of the service: `node dist/apps/payment/ops.js <command>`. */
const main = async (): Promise<number> => {
  let database: Database | undefined;
  try {
    return await runCommand(process.argv.slice(2), { out, error }, () => {
      const { postgres } = loadConfig(PaymentConfig);
      const logger = Logger.create({ service: 'payment', mode: 'ops', level: 'silent' });
      database = new Database({ postgres, applicationName: 'nx-payment-ops', logger });
      return { database, now: systemClock.now() };
    });
  } catch (failure) {
    error(failure instanceof Error ? failure.message : 'the command failed');
    return EXIT.failed;
  } finally {
    await database?.stop();
  }
};

void main().then((code) => {
  process.exitCode = code;
});
