import { ChannelError } from './channel-error';
import type { SealedFrame } from './sealed-channel';

/** How many messages of one direction may be on their way from `push` to delivery. */
export const MAX_WAITING_FRAMES = 4096;

/**
 * One direction of a session whose sealing may take its time (Web Crypto, a worker): messages are sealed at once and
 * side by side, and delivered in the order in which they were pushed. `SealedChannel.seal` is synchronous and needs it
 * only where messages come from several places that wait.
 */
export class OrderedFrames {
  private last: Promise<void> = Promise.resolve();
  private waiting = 0;

  constructor(
    private readonly seal: (plaintext: string) => SealedFrame | Promise<SealedFrame>,
    private readonly deliver: (frame: SealedFrame) => void | Promise<void>,
  ) {}

  /**
   * Resolves when the message is delivered. When one could not be sealed or delivered, it and all that follow reject
   * with that error: a receiver never sees a later message without the earlier one.
   * @throws ChannelError `too_many_waiting` (as a rejection, and only for this message) when the receiver is too slow
   */
  push(plaintext: string): Promise<void> {
    if (this.waiting >= MAX_WAITING_FRAMES) return Promise.reject(new ChannelError('too_many_waiting'));
    this.waiting += 1;
    this.last = this.follow(this.last, this.sealed(plaintext));
    return this.last;
  }

  private async follow(before: Promise<void>, sealed: Promise<SealedFrame>): Promise<void> {
    try {
      const [frame] = await Promise.all([sealed, before]);
      await this.deliver(frame);
    } finally {
      this.waiting -= 1;
    }
  }

  private async sealed(plaintext: string): Promise<SealedFrame> {
    return this.seal(plaintext);
  }
}
