import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { eventually, repositoryRoot } from '@nx/testing';

const COMMAND = join(repositoryRoot(), 'tools', 'chaos', 'chaos.mjs');

/** What drills made in the folder; the compiler keeps its cache there too. */
const madeIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.startsWith('nx-'));

/** Command lines of living processes that name the folder. */
const linesNaming = (name: string): string[] =>
  spawnSync('ps', ['-Aww', '-o', 'args'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line.includes(name));

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
    // Other drills run at the same time: what this one leaves lies where nobody else leaves anything.
    const folder = mkdtempSync(join(tmpdir(), 'nx-interrupted-'));
    // PostgreSQL's user has to get through.
    chmodSync(folder, 0o711);
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const child = spawn(process.execPath, [COMMAND, '--seed', 'interrupted'], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    started.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
    const ended = exit(child);
    await eventually(() => output.includes('database and roles ready'), { timeoutMs: 200_000 });
    expect(madeIn(folder)).toEqual([expect.stringMatching(/^nx-chaos-/)]);
    expect(linesNaming(folder).length).toBeGreaterThan(1);
    // As a terminal does it: to everybody in the foreground.
    process.kill(-(child.pid ?? 0), 'SIGINT');
    expect(await ended, output).toBe(130);
    expect(linesNaming(folder)).toEqual([]);
    expect(madeIn(folder)).toEqual([]);
  }, 400_000);
});
