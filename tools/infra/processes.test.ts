import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { identify, isAlive, signalProcess, stopProcess } from './processes.mjs';

const children: ChildProcess[] = [];

async function child(script: string): Promise<{ pid: number; started: string }> {
  const process_ = spawn(process.execPath, ['-e', `${script}; console.log('up'); setInterval(() => {}, 1e6)`]);
  children.push(process_);
  await once(process_.stdout, 'data');
  return identify(process_.pid ?? 0);
}

afterEach(() => {
  for (const process_ of children.splice(0)) process_.kill('SIGKILL');
});

describe('identity of a process', () => {
  it('is alive while it runs and never again afterwards', async () => {
    const identity = await child('');
    expect(isAlive(identity)).toBe(true);
    await stopProcess(identity, { graceMs: 5_000 });
    expect(isAlive(identity)).toBe(false);
    expect(() => identify(identity.pid)).toThrow('does not live');
  });

  it('takes the same number with another start time for another process, and leaves that alone', async () => {
    const identity = await child('');
    const former = { ...identity, started: `${identity.started}0` };
    expect(isAlive(former)).toBe(false);
    expect(signalProcess(former, 'SIGKILL')).toBe(false);
    await stopProcess(former);
    expect(isAlive(identity)).toBe(true);
  });

  it('ends a process that ignores the soft signal', async () => {
    const identity = await child("process.on('SIGTERM', () => {})");
    await stopProcess(identity, { graceMs: 200 });
    expect(isAlive(identity)).toBe(false);
  });
});
