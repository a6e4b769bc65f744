import { systemClock, type PostgresConfig } from '@nx/config';
import type { ServiceRegistration } from '@nx/contracts';
import { Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { callService } from './call-service';
import type { Command } from './command';
import { EXIT, runCommand } from './run-command';
import { serviceTarget } from './service-target';

export interface OpsOptions {
  readonly service: ServiceRegistration;
  readonly commands: readonly Command[];
  /** Reads the environment of the service; called when a command asks for the database. Throws `ConfigError`. */
  readonly postgres: () => Readonly<PostgresConfig>;
}

const out = (line: string): void => void process.stdout.write(`${line}\n`);
const error = (line: string): void => void process.stderr.write(`${line}\n`);

/**
 * The operators' commands of an app as a process: `node dist/apps/<app>/ops.js <command>`. Gives the exit code and
 * closes what it opened.
 */
export const runOps = async (args: readonly string[], { service, commands, postgres }: OpsOptions): Promise<number> => {
  let opened: Database | undefined;
  const database = (): Database => {
    const logger = Logger.create({ service: service.name, mode: 'ops', level: 'silent' });
    opened ??= new Database({ postgres: postgres(), applicationName: `nx-${service.name}-ops`, logger });
    return opened;
  };
  try {
    return await runCommand(
      args,
      { out, error },
      {
        commands,
        open: (input) => ({
          get database() {
            return database();
          },
          now: systemClock.now(),
          service: (request) => callService(serviceTarget(service, input), request),
          // Beside the answer, which is what a pipe takes.
          ...(input.values['json'] === true ? {} : { progress: error }),
        }),
      },
    );
  } catch (failure) {
    error(failure instanceof Error ? failure.message : 'the command failed');
    return EXIT.failed;
  } finally {
    await opened?.stop();
  }
};
