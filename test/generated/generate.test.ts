import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const generated = join(root, 'docs', 'generated');
const temporary: string[] = [];

/** Runs the generator as a person does. */
const generate = (...args: string[]): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    const script = join(root, 'tools', 'generate', 'generate.mjs');
    // It must not need a server, so it gets none of their addresses.
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
    execFile(process.execPath, [script, ...args], { cwd: root, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });

afterAll(async () => {
  for (const folder of temporary) await rm(folder, { recursive: true, force: true });
});

describe('docs/generated', () => {
  it('is what the code says now', async () => {
    expect(await generate('--check')).toEqual({ code: 0, output: '' });
  });

  it('is refused when a file was edited, is missing or is left over', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'generated-'));
    temporary.push(folder);
    await cp(generated, folder, { recursive: true });
    await appendFile(join(folder, 'errors.md'), 'edited\n');
    await rm(join(folder, 'openapi', 'signal.json'));
    await writeFile(join(folder, 'old.md'), 'old\n');
    const { code, output } = await generate('--check', '--folder', folder);
    expect(code).toBe(1);
    expect(output.split('\n')).toEqual([
      'errors.md is stale',
      'old.md is not generated any more',
      'openapi/signal.json is missing',
      'run: npm run generate',
      '',
    ]);
  });
});
