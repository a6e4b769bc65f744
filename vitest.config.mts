import { fileURLToPath } from 'node:url';
import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

/** `@nx/<library>` resolves to the library's one index, as in tsconfig.json. */
const aliases = readdirSync(`${root}libs`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => ({ find: `@nx/${entry.name}`, replacement: `${root}libs/${entry.name}/src/index.ts` }));

export default defineConfig({
  root,
  resolve: { alias: aliases },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    pool: 'forks',
    // A long run has a hundred times as many random cases in a test.
    testTimeout: process.env['TEST_LONG'] === '1' ? 1_800_000 : 30_000,
    hookTimeout: 60_000,
    setupFiles: ['test/setup.ts'],
    include: [
      'libs/**/*.test.ts',
      'apps/**/*.test.ts',
      'sandbox/**/*.test.ts',
      'test/**/*.test.ts',
      'tools/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', 'dist/**', '.local/**'],
  },
});
