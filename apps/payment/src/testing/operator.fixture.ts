import { ROLES, SERVICES } from '@nx/contracts';
import { callService, runCommand, type CommandInput, type ServiceRequest } from '@nx/ops';
import { Database } from '@nx/persistence';
import { COMMANDS } from '../operations/commands/commands';
import { BASE, now, type Answer, type AnswerBody, type PaymentWorld } from './payment-world.fixture';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** A person of the platform's operators, with a token of his own. */
export class Operator {
  private constructor(
    private readonly world: PaymentWorld,
    readonly token: string,
    readonly userId: string,
  ) {}

  static async of(world: PaymentWorld, role: string = ROLES.operator): Promise<Operator> {
    const token = await world.token({ role });
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { userId: string };
    return new Operator(world, token, claims.userId);
  }

  get<B = AnswerBody>(path: string): Promise<Answer<B>> {
    return this.world.call('GET', `${BASE}/operations${path}`, { token: this.token });
  }

  post(path: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const init = { token: this.token, body: JSON.stringify(body), headers };
    return this.world.call('POST', `${BASE}/operations${path}`, init);
  }

  approve(approvalId: string): Promise<Answer> {
    return this.post(`/approvals/${approvalId}/approve`, { reason: 'looked at it' });
  }

  /** A command line of his against the world's service; without a token of a person it is the machine's own. */
  command(args: readonly string[], as: 'person' | 'machine' = 'person'): Promise<Ended> {
    return opsOf(this.world, args, as === 'person' ? this.token : undefined);
  }
}

const opsOf = async (world: PaymentWorld, args: readonly string[], token: string | undefined): Promise<Ended> => {
  const lines: Record<'out' | 'error', string[]> = { out: [], error: [] };
  const output = {
    out: (line: string) => void lines.out.push(line),
    error: (line: string) => void lines.error.push(line),
  };
  const open = (input: CommandInput) => ({
    database: world.app.get(Database),
    now: now(),
    service: (request: ServiceRequest) => {
      const { name, basePath } = SERVICES.payment;
      return callService({ name, basePath, url: world.url, token, dryRun: input.values['dry-run'] === true }, request);
    },
  });
  const code = await runCommand(args, output, { commands: COMMANDS, open });
  return { code, out: lines.out.join('\n'), error: lines.error.join('\n') };
};
