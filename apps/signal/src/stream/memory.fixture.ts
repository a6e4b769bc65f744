import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const KINDS = ['heapUsed', 'external', 'arrayBuffers', 'rss'] as const;
type Memory = Readonly<Record<(typeof KINDS)[number], number>>;

const MEGABYTE = 1024 * 1024;
/** What may come on top. Pages that the allocator keeps, and code that was compiled, are resident though nothing holds them. */
const FLAT: Memory = {
  heapUsed: 16 * MEGABYTE,
  external: 8 * MEGABYTE,
  arrayBuffers: 8 * MEGABYTE,
  rss: 192 * MEGABYTE,
};

/** What the process holds, bytes by kind. */
export const memory = (): Memory => {
  collectGarbage();
  return process.memoryUsage();
};

/**
 * Kinds of memory of which the process holds more than it may. A collection does not wait for the memory of the buffers
 * that it found dead: since V8 of Node 24 that comes a little later.
 */
export const grownSince = (before: Memory): string[] => {
  const now = memory();
  return KINDS.filter((kind) => now[kind] - before[kind] >= FLAT[kind]);
};
