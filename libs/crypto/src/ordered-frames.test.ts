import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChannelError,
  MAX_WAITING_FRAMES,
  OrderedFrames,
  SealedChannel,
  completeClientHandshake,
  createEcdhKeyPair,
  createServerHandshake,
} from './index';
import type { SealedFrame } from './index';

const client = createEcdhKeyPair();
const server = createServerHandshake(client.publicKey.toString('base64'));
const serverSide = new SealedChannel(server.key);
const frame = (iv: string): SealedFrame => ({ iv, ct: '' });

describe('OrderedFrames', () => {
  it('delivers in the order of push, in whatever order sealing ends', async () => {
    const clientKey = completeClientHandshake(client, server);
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 20 }), async (scheduler, count) => {
        const receiver = new SealedChannel(clientKey);
        const received: string[] = [];
        const frames = new OrderedFrames(
          scheduler.scheduleFunction(async (text: string) => serverSide.seal(text)),
          (sealed) => void received.push(receiver.open(sealed)),
        );
        const texts = Array.from({ length: count }, (_, index) => `message ${index}`);
        const pushed = Promise.all(texts.map((text) => frames.push(text)));
        await scheduler.waitAll();
        await pushed;
        expect(received).toEqual(texts);
      }),
    );
  });

  it('waits for a slow delivery, and takes a synchronous seal too', async () => {
    const delivered: string[] = [];
    const gates: (() => void)[] = [];
    const frames = new OrderedFrames(frame, async ({ iv }) => {
      await new Promise<void>((resolve) => void gates.push(resolve));
      delivered.push(iv);
    });
    const both = [frames.push('first'), frames.push('second')];
    await new Promise(setImmediate);
    expect([gates.length, delivered]).toEqual([1, []]);
    gates[0]?.();
    await both[0];
    await new Promise(setImmediate);
    gates[1]?.();
    await Promise.all(both);
    expect(delivered).toEqual(['first', 'second']);
  });

  it('lets nothing pass a message that failed, in sealing or in delivery', async () => {
    const delivered: string[] = [];
    const broken = (which: 'seal' | 'deliver'): OrderedFrames =>
      new OrderedFrames(
        (text) => {
          if (which === 'seal' && text === 'bad') throw new Error('no seal');
          return frame(text);
        },
        ({ iv }) => {
          if (which === 'deliver' && iv === 'bad') throw new Error('no delivery');
          delivered.push(iv);
        },
      );
    for (const [which, message] of [
      ['seal', 'no seal'],
      ['deliver', 'no delivery'],
    ] as const) {
      const frames = broken(which);
      const outcome = await Promise.allSettled(['good', 'bad', 'late'].map((text) => frames.push(text)));
      expect(outcome.map((result) => (result.status === 'rejected' ? String(result.reason) : 'delivered'))).toEqual([
        'delivered',
        `Error: ${message}`,
        `Error: ${message}`,
      ]);
      await expect(frames.push('later')).rejects.toThrow(message);
    }
    expect(delivered).toEqual(['good', 'good']);
  });

  it('refuses more than may wait, and goes on when they are through', async () => {
    let open = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const frames = new OrderedFrames(frame, () => gate);
    const waiting = Array.from({ length: MAX_WAITING_FRAMES }, (_, index) => frames.push(String(index)));
    await expect(frames.push('one more')).rejects.toThrow(new ChannelError('too_many_waiting'));
    open();
    await Promise.all(waiting);
    await expect(frames.push('again')).resolves.toBeUndefined();
    expect(MAX_WAITING_FRAMES).toBe(4096);
  });
});
