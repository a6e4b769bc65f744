import { eventually } from '@nx/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { PollingLoop, type PollingLoopOptions } from './polling-loop';
import { recordingLogger } from './reliable.fixture';

/** So long that a test which waits for it fails. */
const NEVER_MS = 600_000;

describe('PollingLoop', () => {
  const loops: PollingLoop[] = [];

  const open = (options: Partial<PollingLoopOptions> & Pick<PollingLoopOptions, 'round'>): PollingLoop => {
    const loop = new PollingLoop({
      pollMs: NEVER_MS,
      logger: recordingLogger(),
      complaint: 'a round failed',
      ...options,
    });
    loops.push(loop);
    return loop;
  };

  afterEach(async () => {
    await Promise.all(loops.splice(0).map((loop) => loop.stop()));
  });

  it('goes on at once while a round finds something, and rests when it finds nothing', async () => {
    const found = [3, 1, 0];
    let rounds = 0;
    open({ round: () => Promise.resolve(found[rounds++] ?? 0) }).start();
    await eventually(() => rounds === 3);
    await new Promise(setImmediate);
    expect(rounds).toBe(3);
  });

  it('does a round when it is nudged, and one more when it is nudged in the middle of it', async () => {
    let rounds = 0;
    const loop = open({
      round: async () => {
        rounds += 1;
        if (rounds === 2) loop.nudge();
      },
    });
    loop.start();
    await eventually(() => rounds === 1);
    loop.nudge();
    await eventually(() => rounds === 3);
  });

  it('does a round every interval, the first one at once', async () => {
    let rounds = 0;
    const begin = performance.now();
    open({ pollMs: 20, round: async () => void (rounds += 1) }).start();
    expect(rounds).toBe(1);
    await eventually(() => rounds === 4);
    expect(performance.now() - begin).toBeGreaterThan(55);
  });

  it('waits before the first round too where it is told so', async () => {
    let rounds = 0;
    const loop = open({ waitFirst: true, round: async () => void (rounds += 1) });
    loop.start();
    await new Promise(setImmediate);
    expect(rounds).toBe(0);
    loop.nudge();
    await eventually(() => rounds === 1);
  });

  it('does no round when it is stopped before the first one was due', async () => {
    let rounds = 0;
    const loop = open({ waitFirst: true, round: async () => void (rounds += 1) });
    loop.start();
    await loop.stop();
    expect(rounds).toBe(0);
  });

  it('complains of a round that throws and does the next one, but not before a pause', async () => {
    const lines: string[] = [];
    let rounds = 0;
    const loop = open({
      pollMs: 1,
      logger: recordingLogger(lines),
      round: () => {
        rounds += 1;
        return rounds === 1 ? Promise.reject(new Error('broken')) : Promise.resolve(0);
      },
    });
    const begin = performance.now();
    loop.start();
    await eventually(() => lines.length === 1);
    loop.nudge();
    await eventually(() => rounds > 1);
    expect(performance.now() - begin).toBeGreaterThan(450);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', msg: 'a round failed' });
  });

  it('only warns while the infrastructure is away', async () => {
    const lines: string[] = [];
    const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    open({ logger: recordingLogger(lines), round: () => Promise.reject(away) }).start();
    await eventually(() => lines.length === 1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', msg: 'a round failed' });
  });

  it('ends its pause after an error when it is stopped', async () => {
    const lines: string[] = [];
    const loop = open({ logger: recordingLogger(lines), round: () => Promise.reject(new Error('broken')) });
    loop.start();
    await eventually(() => lines.length === 1);
    await loop.stop();
    expect(lines).toHaveLength(1);
  });

  it('finishes the round that runs when it is stopped, which can see that it should end', async () => {
    let end: () => void = () => undefined;
    let done = false;
    const loop = open({
      round: async () => {
        await new Promise<void>((resolve) => (end = resolve));
        done = true;
      },
    });
    loop.start();
    expect(loop.stopped).toBe(false);
    let ended = false;
    const stopping = loop.stop().then(() => {
      ended = true;
    });
    expect(loop.stopped).toBe(true);
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    end();
    await stopping;
    expect(done).toBe(true);
  });
});
