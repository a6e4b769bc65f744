import type { Secrets } from './environment.mjs';

/** The secrets of this clone, made once. */
export function cloneSecrets(): Secrets;
/** Fresh ones. */
export function makeSecrets(): Secrets;
