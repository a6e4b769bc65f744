import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rspack } from '@rspack/core';
import { ensureChromium } from '../../tools/infra/chromium.mjs';

/** No network but this machine's own, no first-run pages, no sandbox (which a container may not give). */
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];

/** Opens a page in a browser of its own, which ends with `stop()`. */
export async function openPage(url: string): Promise<{ stop(): Promise<void> }> {
  const binary = await ensureChromium((line: string) => void process.stdout.write(`${line}\n`));
  const profile = await mkdtemp(join(tmpdir(), 'nx-browser-'));
  const browser = spawn(binary, [...FLAGS, `--user-data-dir=${profile}`, url], { stdio: 'ignore', detached: true });
  const ended = new Promise((resolve) => browser.once('close', resolve));
  const stop = async (): Promise<void> => {
    // The browser is a group of processes, which the wrapper script of a distribution may lead.
    if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, 'SIGKILL');
    await ended;
    await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  };
  return { stop };
}

/** One script for browsers; what the entry exports is in the global variable `kit`. */
export async function bundleForBrowsers(entry: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'nx-bundle-'));
  const compiler = rspack({
    entry,
    mode: 'production',
    target: ['web', 'es2022'],
    devtool: false,
    output: { path: folder, filename: 'kit.js', library: { type: 'window', name: 'kit' } },
    resolve: { extensions: ['.ts', '.js'] },
    module: {
      parser: { javascript: { dynamicImportMode: 'eager' } },
      rules: [
        {
          test: /\.ts$/,
          exclude: /node_modules/,
          loader: 'builtin:swc-loader',
          options: { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } },
        },
      ],
    },
  });
  try {
    await new Promise<void>((resolve, reject) => {
      compiler.run((error, stats) => {
        if (error) reject(error);
        else if (stats?.hasErrors() ?? true) reject(new Error(stats?.toString('errors-only')));
        else resolve();
      });
    });
    await new Promise((resolve) => compiler.close(resolve));
    return await readFile(join(folder, 'kit.js'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
