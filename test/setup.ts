import fc from 'fast-check';

const long = process.env['TEST_LONG'] === '1';
const seed = process.env['TEST_SEED'];

/** Properties run a hundred times in `npm test` and ten thousand times in `npm run test:long`; a seed repeats a run. */
fc.configureGlobal({ numRuns: long ? 10_000 : 100, ...(seed === undefined ? {} : { seed: Number(seed) }) });
