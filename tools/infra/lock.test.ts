import { mkdtempSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './lock.mjs';

let folder = '';
let lock = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  lock = join(folder, 'lock');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the lock of the starters', () => {
  it('lets one in at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(lock, work)));
    expect(most).toBe(1);
    expect(existsSync(lock)).toBe(false);
  });

  it('takes over from a process that died while it held the lock', async () => {
    writeFileSync(lock, JSON.stringify({ pid: process.pid, started: 'another process of this number' }));
    expect(await withLock(lock, async () => 'mine', { timeoutMs: 2_000 })).toBe('mine');
  });

  it('waits for a living holder and says who it is', async () => {
    const waited: number[] = [];
    await withLock(lock, async () => {
      const second = withLock(lock, async () => {}, { timeoutMs: 50, onWait: (holder) => waited.push(holder.pid) });
      await expect(second).rejects.toThrow(`held by process ${process.pid}`);
    });
    expect(waited).toEqual([process.pid]);
  });

  it('is given back when the work fails', async () => {
    await expect(withLock(lock, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(lock)).toBe(false);
  });
});
