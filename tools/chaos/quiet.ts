import { moveClockHands } from './clock-hands';
import { judge } from './oracle/judge';
import { unfinished, type Oracle } from './oracle/oracle';
import type { World } from './oracle/world';
import { pause } from './pause';

export interface Quiet {
  readonly reached: boolean;
  readonly afterMs: number;
  /** What was still moving at the deadline. */
  readonly moving: readonly string[];
  readonly world: World;
}

interface QuietOptions {
  readonly oracle: Oracle;
  readonly postgresUrl: string;
  /** Given up when what is on its way has stayed the same for so long, and after `mostMs` in any case. */
  readonly patienceMs: number;
  readonly mostMs: number;
  readonly stop: AbortSignal;
  /** What is waited for, again and again. */
  readonly say: (what: string) => void;
  /** People at the end of the day: they cancel what was left open. */
  readonly tidyUp: () => Promise<void>;
}

const EVERY_MS = 1_000;
/** Something that comes late, and should not come at all, gets so long to show itself. */
const SETTLE_MS = 3_000;

/** Waits until nothing is on its way and nothing is missing any more, and looks once more a while later. */
export async function waitForQuiet(options: QuietOptions): Promise<Quiet> {
  const begin = Date.now();
  let quietSince: number | undefined;
  let last = { moving: '', since: begin };
  for (;;) {
    await options.tidyUp();
    await moveClockHands(options.postgresUrl).catch(() => undefined);
    const world = await options.oracle.look();
    const moving = notYet(world);
    const now = Date.now();
    quietSince = moving.length === 0 ? (quietSince ?? now) : undefined;
    const reached = quietSince !== undefined && now - quietSince >= SETTLE_MS;
    // On a busy machine all of it is slow; what does not change at all is stuck.
    if (moving.join() !== last.moving) last = { moving: moving.join(), since: now };
    const givenUp = now - last.since > options.patienceMs || now - begin > options.mostMs;
    if (reached || givenUp || options.stop.aborted)
      return { reached, afterMs: (quietSince ?? now) - begin, moving, world };
    options.say(moving[0] ?? 'nothing any more; one more look');
    await pause(EVERY_MS, options.stop);
  }
}

/** What is lost may only be late: it is waited for, too, until the deadline. */
function notYet(world: World): string[] {
  const lost = judge(world).offences.filter(({ kind }) => kind === 'LOST');
  return [...unfinished(world).moving, ...lost.map(({ subject, what }) => `${subject}: ${what}`)];
}
