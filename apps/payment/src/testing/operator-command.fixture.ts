import { SERVICES } from '@nx/contracts';
import { callService, runCommand } from '@nx/ops';
import { COMMANDS } from '../operations/commands/commands';
import { now, type PaymentWorld } from './payment-world.fixture';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/**
 * A command line against a running world: as the machine itself, or with an operator's token. Its tables are not
 * opened: what a command of this kind says comes from the service.
 */
export const operate = async (world: PaymentWorld, args: readonly string[], token?: string): Promise<Ended> => {
  const lines: Record<'out' | 'error', string[]> = { out: [], error: [] };
  const output = {
    out: (line: string) => void lines.out.push(line),
    error: (line: string) => void lines.error.push(line),
  };
  const code = await runCommand(args, output, {
    commands: COMMANDS,
    open: (input) => ({
      get database(): never {
        throw new Error('this command asks the service');
      },
      now: now(),
      service: (request) =>
        callService(
          {
            name: SERVICES.payment.name,
            url: world.url,
            basePath: SERVICES.payment.basePath,
            token,
            dryRun: input.values['dry-run'] === true,
          },
          request,
        ),
    }),
  });
  return { code, out: lines.out.join('\n'), error: lines.error.join('\n') };
};
