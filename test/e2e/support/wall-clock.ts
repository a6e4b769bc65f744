import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../../tools/demo/http.mjs';
import { ensureFaketime, faketimeEnvironment } from '../../../tools/infra/faketime.mjs';
import type { ServiceProcess } from '../../../tools/system.mjs';

/** The wall clock of one process, which can be set while it runs. Its monotonic clock goes on as it does. */
export class WallClock {
  private constructor(
    private readonly handsFile: string,
    /** What the process has to be started with. */
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** A clock that is right; its hands lie in `folder`. */
  static async open(folder: string, name: string): Promise<WallClock> {
    const handsFile = join(folder, `${name}.clock`);
    const library = await ensureFaketime((line) => void process.stdout.write(`${line}\n`));
    const clock = new WallClock(handsFile, faketimeEnvironment(library, handsFile));
    clock.jump(0);
    return clock;
  }

  /** From the process's next look on its clock is ahead of ours by so much; negative = behind. */
  jump(aheadMs: number): void {
    const next = `${this.handsFile}.next`;
    writeFileSync(next, `${aheadMs < 0 ? '-' : '+'}${Math.abs(aheadMs / 1000)}s\n`);
    // The library must never read a file that is half written.
    renameSync(next, this.handsFile);
  }

  /** Jumps, and waits until the process has had a renewal of its node id and can give ids by this clock. */
  async set(child: ServiceProcess, aheadMs: number): Promise<void> {
    this.jump(aheadMs);
    await waitFor(
      `${child.name} to be ready with its clock ${aheadMs} ms ahead`,
      async (note) => {
        const answer = await fetch(`${child.baseUrl}/readyz`, { signal: AbortSignal.timeout(2_000) });
        note(await answer.json());
        return answer.ok;
      },
      { timeoutMs: 15_000, everyMs: 20 },
    );
  }
}
