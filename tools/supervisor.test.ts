import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSupervisor } from './children.mjs';
import { waitUntil } from './infra/probes.mjs';
import { identify, isAlive } from './infra/processes.mjs';

const CHILDREN = fileURLToPath(new URL('children.mjs', import.meta.url));
const STUBBORN = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6)";

let folder = '';
let starter: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
});

afterEach(() => {
  starter?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A starter in a process of its own with one child that ignores SIGTERM; prints the numbers of both helpers. */
async function startStarter(): Promise<{ supervisor: number; child: number }> {
  const script = `
    import { openSupervisor } from ${JSON.stringify(CHILDREN)};
    const supervisor = openSupervisor({ graceMs: 300 });
    const child = await supervisor.start('stubborn', { command: process.execPath, args: ['-e', ${JSON.stringify(STUBBORN)}] });
    console.log(JSON.stringify({ supervisor: supervisor.pid, child: child.pid }));
    setInterval(() => {}, 1e6);`;
  const process_ = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  starter = process_;
  const [line] = (await once(process_.stdout, 'data')) as [Buffer];
  return JSON.parse(line.toString()) as { supervisor: number; child: number };
}

describe('the supervisor', () => {
  it('ends the children and itself when the starter is killed with SIGKILL', async () => {
    const pids = await startStarter();
    const child = identify(pids.child);
    const supervisor = identify(pids.supervisor);
    starter?.kill('SIGKILL');
    await waitUntil('the end of both', () => !isAlive(child) && !isAlive(supervisor), { timeoutMs: 10_000 });
  });

  it('reports the exit of a child and keeps its output in the log file', async () => {
    const supervisor = openSupervisor();
    const logFile = join(folder, 'child.log');
    const args = ['-e', "console.log('spoken'); process.exitCode = 7"];
    const child = await supervisor.start('speaker', { command: process.execPath, args, logFile });
    expect(await child.exited).toEqual({ code: 7, signal: null });
    expect(readFileSync(logFile, 'utf8')).toBe('spoken\n');
    await supervisor.close();
  });

  it('stops one child and lets the others run', async () => {
    const supervisor = openSupervisor({ graceMs: 300 });
    const start = (id: string) =>
      supervisor.start(id, { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1e6)'] });
    const first = await start('first');
    const second = await start('second');
    expect(await first.stop()).toEqual({ code: null, signal: 'SIGTERM' });
    expect(isAlive(identify(second.pid ?? 0))).toBe(true);
    await supervisor.close();
    expect(second.exitStatus).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('says so when a command cannot be started', async () => {
    const supervisor = openSupervisor();
    await expect(supervisor.start('ghost', { command: join(folder, 'nothing'), args: [] })).rejects.toThrow('ghost');
    await supervisor.close();
  });
});
