import { fileURLToPath } from 'node:url';
import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/sequencer.mts';

const root = fileURLToPath(new URL('.', import.meta.url));

/** `@nx/<library>` resolves to the library's one index, as in tsconfig.json. */
const aliases = readdirSync(`${root}libs`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => ({ find: `@nx/${entry.name}`, replacement: `${root}libs/${entry.name}/src/index.ts` }));

const EXCLUDED = ['**/node_modules/**', 'dist/**', '.local/**'];
const WHOLE_SYSTEMS = ['e2e', 'chaos', 'browser'].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  root,
  resolve: { alias: aliases },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    pool: 'forks',
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // A long run has a hundred times as many random cases in a test.
    testTimeout: process.env['TEST_LONG'] === '1' ? 1_800_000 : 60_000,
    hookTimeout: 120_000,
    setupFiles: ['test/setup.ts'],
    exclude: EXCLUDED,
    projects: [
      {
        extends: true,
        test: {
          name: 'whole systems',
          include: WHOLE_SYSTEMS,
          // Each starts a dozen processes: two at once keep two cores busy.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['apps', 'libs', 'sandbox', 'test', 'tools'].map((folder) => `${folder}/**/*.test.ts`),
          exclude: [...EXCLUDED, ...WHOLE_SYSTEMS],
          // Most of them wait for servers, so that two would leave a part of two cores idle.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
