import { parseFailPoint } from '@nx/fail-points';
import type { CompletesItself, LoadContext } from './load-config';
import { Setting } from './setting';

type Report = (env: string, problem: string) => void;

/** Deaths on purpose, for tests and drills. Production refuses both settings. */
export class FailPointsConfig implements CompletesItself {
  @Setting({
    env: 'APP_ENV_FAIL_POINTS',
    description: 'where this process kills or stops itself: <name>[@n][=kill|pause], `*` ends a beginning',
    kind: 'list',
    default: [],
    example: 'payment.commit.after:ipn-receive*@2=pause',
  })
  armed!: string[];

  @Setting({
    env: 'APP_ENV_FAIL_POINTS_RECORD',
    description: 'file to which each fail point is appended when it is passed for the first time',
    example: '/tmp/fail-points',
  })
  recordFile?: string;

  complete(context: LoadContext, problem: Report): void {
    for (const text of this.armed) {
      try {
        parseFailPoint(text);
      } catch (error) {
        problem('APP_ENV_FAIL_POINTS', error instanceof Error ? error.message : 'does not have the form');
      }
    }
    if (!context.production) return;
    if (this.armed.length > 0) problem('APP_ENV_FAIL_POINTS', 'is for tests; production refuses it');
    if (this.recordFile !== undefined) problem('APP_ENV_FAIL_POINTS_RECORD', 'is for tests; production refuses it');
  }
}
