/** Nest token of the dice: a number from 0 up to 1. Tests give numbers of their own. */
export const RANDOM = Symbol('RANDOM');
export type Random = () => number;
