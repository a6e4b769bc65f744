import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Configuration, Stats } from '@rspack/core';
import { localFolder } from '../../infra/paths.mjs';

interface Bundler {
  rspack(configuration: Configuration): { run(done: (error: Error | null, stats?: Stats) => void): void };
}

/**
 * Bundles the empty service as the services are, into a release of its own in which it stands for payment. Returns the
 * folder of that release.
 */
export async function buildEmptyService(): Promise<string> {
  const require = createRequire(import.meta.url);
  const { bundles } = require('../../../rspack.config.cjs') as { bundles(): { payment: Configuration } };
  const { rspack } = require('@rspack/core') as Bundler;
  const base = bundles().payment;
  const release = localFolder('cache', 'bench');
  const compiler = rspack({
    ...base,
    entry: { main: './tools/bench/money/empty-service.ts' },
    output: { ...base.output, path: join(release, 'dist', 'apps', 'payment') },
    plugins: [],
    stats: 'errors-only',
  });
  const stats = await promisify(compiler.run.bind(compiler))();
  if (stats?.hasErrors() !== false)
    throw new Error(stats?.toString({ preset: 'errors-only', colors: false }) ?? 'no build');
  return release;
}
