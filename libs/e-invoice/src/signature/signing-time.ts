import { isIsoDate } from '../vietnam-date';

const TIME = /^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,7})?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?$/;

/** Reads a signing time; without an offset it is Vietnam's. Undefined for anything else. */
export function parseSigningTime(text: string): Date | undefined {
  const match = TIME.exec(text);
  if (match === null || !isIsoDate(text.slice(0, 10))) return undefined;
  return new Date(match[2] === undefined ? `${text}+07:00` : text);
}
