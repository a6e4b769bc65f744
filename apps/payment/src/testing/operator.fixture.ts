import { ROLES } from '@nx/contracts';
import { operate, type Ended } from './operator-command.fixture';
import { BASE, type Answer, type PaymentWorld } from './payment-world.fixture';

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

  get(path: string): Promise<Answer> {
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
    return operate(this.world, args, as === 'person' ? this.token : undefined);
  }
}
