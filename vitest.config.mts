import { fileURLToPath } from 'node:url';
import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/sequencer.mts';

const root = fileURLToPath(new URL('.', import.meta.url));

/** `@nx/<library>` resolves to the library's one index, as in tsconfig.json. */
const aliases = readdirSync(`${root}libs`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => ({ find: `@nx/${entry.name}`, replacement: `${root}libs/${entry.name}/src/index.ts` }));

/** Libraries without a server, a clock or state of their own: their files share one process and its loaded modules. */
const pure = ['crypto', 'e-invoice', 'money', 'mq-pay', 'snowflake'].map((name) => `libs/${name}/**/*.test.ts`);

export default defineConfig({
  root,
  resolve: { alias: aliases },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    pool: 'forks',
    isolate: false,
    // Most files wait for servers, so that one worker would leave half of two cores idle.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // A long run has a hundred times as many random cases in a test.
    testTimeout: process.env['TEST_LONG'] === '1' ? 1_800_000 : 60_000,
    hookTimeout: 120_000,
    setupFiles: ['test/setup.ts'],
    exclude: ['**/node_modules/**', 'dist/**', '.local/**'],
    projects: [
      {
        extends: true,
        test: {
          name: 'system',
          include: ['apps', 'libs', 'sandbox', 'test', 'tools'].map((folder) => `${folder}/**/*.test.ts`),
          exclude: ['**/node_modules/**', 'dist/**', '.local/**', ...pure],
        },
      },
      { extends: true, test: { name: 'pure', include: pure } },
    ],
  },
});
