import { waitFor } from '../../../tools/demo/http.mjs';
import type { ServiceProcess } from '../../../tools/system.mjs';
import { PATIENCE_MS } from './patience';

/** Longest time until a sale passes a point, while others die on a busy machine. */
const PASSED = { timeoutMs: PATIENCE_MS, everyMs: 50 };

/** A process that dies at one point after the other, and is started again after each death. */
export class Victim {
  readonly deaths: string[] = [];
  /** How often it was started with a point armed. */
  armings = 0;
  /** The point that it is to die at now. */
  armed: string | undefined;
  isDone = false;
  private isSpared = false;

  /** `environment` is what the process is started with; it is read at each start. */
  constructor(
    readonly process: ServiceProcess,
    private readonly environment: Record<string, string>,
    private readonly points: readonly string[],
  ) {}

  /** Dies at each of its points in turn; in the end it runs with none. */
  async live(): Promise<void> {
    for (const point of this.points) {
      await this.start(point);
      const what = `${this.process.name} to pass ${point}`;
      const status = await waitFor(what, () => this.process.exitStatus ?? this.isSpared, PASSED);
      if (status === true) break;
      const { signal, code } = status;
      if (signal !== 'SIGKILL') throw new Error(`${what}: it ended with ${signal ?? code}`);
      this.deaths.push(point);
    }
    await this.start();
    this.isDone = true;
  }

  /** Nothing passes its points any more: it need not die again. Ends when it runs without any. */
  async spare(): Promise<void> {
    this.isSpared = true;
    await waitFor(`${this.process.name} to run without points`, () => this.isDone, PASSED);
  }

  private async start(point?: string): Promise<void> {
    if (this.process.exitStatus === null) await this.process.stop();
    if (point === undefined) delete this.environment['APP_ENV_FAIL_POINTS'];
    else this.environment['APP_ENV_FAIL_POINTS'] = point;
    await this.process.start({ wait: false });
    // It may die before it is ready, at a point that old work passes.
    await waitFor(
      `${this.process.name} to be ready`,
      async () => {
        return this.process.exitStatus !== null || (await this.process.ready());
      },
      PASSED,
    );
    this.armed = point;
    if (point !== undefined) this.armings += 1;
  }
}
