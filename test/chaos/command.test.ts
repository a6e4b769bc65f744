import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, repositoryRoot } from '@nx/testing';

const COMMAND = join(repositoryRoot(), 'tools', 'chaos', 'chaos.mjs');

const folders = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('nx-chaos-'));

/** Command lines of living processes that name one of the folders. */
const linesNaming = (names: readonly string[]): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/cmdline`))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => names.some((name) => line.includes(name)));

const exit = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('exit', (code) => resolve(code)));

describe('npm run chaos', () => {
  it('refuses a command line that it cannot understand, and says how it is called', () => {
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, '--minutes', 'soon'], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('--minutes takes a number from 0.25 to 240, not "soon"');
    expect(stderr).toContain('usage: npm run chaos');
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const before = new Set(folders());
    const child = spawn(process.execPath, [COMMAND, '--seed', 'interrupted'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
    const ended = exit(child);
    await eventually(() => output.includes('migrations ready'), { timeoutMs: 120_000 });
    const own = folders().filter((name) => !before.has(name));
    expect(linesNaming(own).length).toBeGreaterThan(1);
    child.kill('SIGTERM');
    expect(await ended, output).toBe(130);
    expect(linesNaming(own)).toEqual([]);
    expect(folders().filter((name) => own.includes(name))).toEqual([]);
  }, 240_000);
});
