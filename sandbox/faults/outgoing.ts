import { pause } from '../shared/pause';
import type { Drawn } from './faults';

/**
 * Sends a message of the sandbox's own with faults: not at all, late, more than once, or after its successor.
 * A held message goes out behind the next one, or when its longest hold is over.
 */
export class Outgoing {
  private held: { release: () => void } | undefined;

  constructor(private readonly stop: AbortSignal) {}

  async send<T>(drawn: Drawn, deliver: () => Promise<T>): Promise<T[]> {
    if (drawn.find('drop') !== undefined) return [];
    const delay = drawn.find('delay');
    if (delay !== undefined) await pause(delay.ms, this.stop);
    const reorder = drawn.find('reorder');
    if (reorder !== undefined && this.held === undefined) await this.hold(reorder.ms);
    const results = [await deliver()];
    for (let more = drawn.find('duplicate')?.times ?? 0; more > 0; more -= 1) results.push(await deliver());
    if (reorder === undefined) this.release();
    return results;
  }

  private async hold(ms: number): Promise<void> {
    const released = new AbortController();
    const held = { release: () => released.abort() };
    this.held = held;
    const stopped = (): void => released.abort();
    this.stop.addEventListener('abort', stopped);
    await pause(ms, released.signal);
    this.stop.removeEventListener('abort', stopped);
    if (this.held === held) this.held = undefined;
  }

  private release(): void {
    this.held?.release();
    this.held = undefined;
  }
}
