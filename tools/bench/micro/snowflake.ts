import { randomUUID } from 'node:crypto';
import { SnowflakeGenerator, parseSnowflake } from '@nx/snowflake';
import type { Benchmark } from '../benchmark';

const generator = new SnowflakeGenerator({ nodeId: 1, clock: { now: () => Date.now() } });
const id = generator.next();

export const BENCHMARKS: readonly Benchmark[] = [
  {
    name: 'snowflake',
    what: 'the next id as text',
    subject: () => generator.next(),
    floor: { what: 'randomUUID', run: () => randomUUID() },
  },
  {
    name: 'snowflake parse',
    what: 'the text back to time, node and sequence',
    subject: () => parseSnowflake(id),
    floor: { what: 'BigInt of its decimal digits', run: () => BigInt('249385230413074432') },
  },
];
