import fc from 'fast-check';

const runs = Number(process.env['TEST_PROPERTY_RUNS'] ?? (process.env['TEST_LONG'] === '1' ? 10_000 : 100));
const seed = process.env['TEST_SEED'];

/** Properties run a hundred times in `npm test` and ten thousand times in `npm run test:long`; a seed repeats a run. */
fc.configureGlobal({ numRuns: runs, ...(seed === undefined ? {} : { seed: Number(seed) }) });
