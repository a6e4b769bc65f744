import { parse } from 'lossless-json';

/** A JSON object whose numbers are kept as the text that was sent: checksums go over that text. */
export class WireObject {
  private constructor(private readonly members: Readonly<Record<string, unknown>>) {}

  /** Null when the text is no JSON object, or names a member twice with different values. */
  static parse(text: string): WireObject | null {
    try {
      const value = parse(text, null, (digits) => digits);
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? new WireObject(value as Readonly<Record<string, unknown>>)
        : null;
    } catch {
      return null;
    }
  }

  /** The text or number as sent, null for JSON null, undefined when absent; throws `TypeError` for anything else. */
  scalar(name: string): string | null | undefined {
    if (!Object.hasOwn(this.members, name)) return undefined;
    const value = this.members[name];
    if (value === null || typeof value === 'string') return value;
    throw new TypeError(`${name} is neither a text nor a number`);
  }

  /** The text or number as sent; empty for null, absent and everything else. */
  text(name: string): string {
    const value = Object.hasOwn(this.members, name) ? this.members[name] : undefined;
    return typeof value === 'string' ? value : '';
  }
}

/** Whole VND as providers print them: digits, perhaps with decimals that are zero. Null for anything else. */
export function parseWholeAmount(text: string): bigint | null {
  const match = /^([0-9]{1,15})(?:\.0{1,2})?$/.exec(text);
  return match?.[1] === undefined ? null : BigInt(match[1]);
}
