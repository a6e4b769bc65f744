import { callService, runCommand } from '@nx/ops';
import { Database } from '@nx/persistence';
import { COMMANDS } from '../src/operations/commands/commands';
import type { RunningInvoice } from './invoice-service.fixture';

export interface Told {
  readonly code: number;
  readonly out: string;
}

/** One command line of an operator on the machine of a running service: its exit code and what it printed. */
export async function opsOn(service: RunningInvoice, args: readonly string[]): Promise<Told> {
  const out: string[] = [];
  const say = (line: string): void => void out.push(line);
  const code = await runCommand(
    [...args],
    { out: say, error: say },
    {
      commands: COMMANDS,
      open: (input) => ({
        database: service.app.get(Database),
        now: Date.now(),
        service: (request) =>
          callService(
            { name: 'invoice', url: service.url, basePath: '/v1/api', dryRun: input.values['dry-run'] === true },
            request,
          ),
      }),
    },
  );
  return { code, out: out.join('\n') };
}
