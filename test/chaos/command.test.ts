import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, repositoryRoot } from '@nx/testing';

const COMMAND = join(repositoryRoot(), 'tools', 'chaos', 'chaos.mjs');

const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('nx-chaos-'));

/** Command lines of living processes that name one of the folders. */
const linesNaming = (names: readonly string[]): string[] =>
  spawnSync('ps', ['-Aww', '-o', 'args'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => names.some((name) => line.includes(name)));

const exit = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (code) => resolve(code)));

const started: ChildProcess[] = [];
afterEach(() => {
  for (const { pid, exitCode } of started.splice(0))
    if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
});

describe('npm run chaos', () => {
  it('refuses a command line that it cannot understand, and says how it is called', () => {
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, '--minutes', 'soon'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('--minutes takes a number from 0.25 to 240, not "soon"');
    expect(stderr).toContain('usage: npm run chaos');
  });

  it('leaves nothing behind after Ctrl-C', async () => {
    const before = new Set(folders());
    const child = spawn(process.execPath, [COMMAND, '--seed', 'interrupted'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    started.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
    const ended = exit(child);
    await eventually(() => output.includes('database and roles ready'), { timeoutMs: 200_000 });
    const own = folders().filter((name) => !before.has(name));
    expect(linesNaming(own).length).toBeGreaterThan(1);
    // As a terminal does it: to everybody in the foreground.
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await ended, output).toBe(130);
    expect(linesNaming(own)).toEqual([]);
    expect(folders().filter((name) => own.includes(name))).toEqual([]);
  }, 400_000);
});
