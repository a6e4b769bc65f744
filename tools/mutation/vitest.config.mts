import { defineConfig } from 'vitest/config';
import root from '../../vitest.config.mts';

const tests = JSON.parse(process.env['MUTATION_TESTS'] ?? '[]') as string[];

const { projects: _, ...settings } = root.test ?? {};

/** The project's configuration, with the tests of one group alone: tests with servers would say nothing more here. */
export default defineConfig({ ...root, test: { ...settings, include: tests } });
