import type { Clock } from '@nx/contracts';

/** The wall clock of this machine, milliseconds since 1970. Nothing else in the product asks the system for the time. */
export const systemClock: Clock = { now: () => Date.now() };
