const words = new Intl.NumberFormat('en', { maximumSignificantDigits: 2 });

/** A number with the two digits that arithmetic like this deserves, more where it is a small count. */
export const figure = (value: number): string =>
  Number.isInteger(value) && value < 1000 ? String(value) : words.format(value);

const SCALES = [
  [1e12, ' trillion'],
  [1e9, ' billion'],
  [1e6, ' million'],
] as const;

/** 518,000,000 as `520 million`. */
export function large(value: number): string {
  const scale = SCALES.find(([least]) => value >= least);
  return scale === undefined ? figure(value) : `${figure(value / scale[0])}${scale[1]}`;
}

/** Gigabytes in the unit that is read best. */
export function storage(gb: number): string {
  if (gb >= 1e6) return `${figure(gb / 1e6)} PB`;
  return gb >= 1000 ? `${figure(gb / 1000)} TB` : `${figure(gb)} GB`;
}
