import { parse } from 'lossless-json';

/** No message of a provider comes near it; what is longer is not read (characters). */
const LONGEST_TEXT = 65_536;

/** A JSON object whose numbers are kept as the text that was sent: checksums go over that text. */
export class WireObject {
  private constructor(private readonly members: Readonly<Record<string, unknown>>) {}

  /** Null when the text is no JSON object, is longer than 64 Ki characters, or names a member twice with different values. */
  static parse(text: string): WireObject | null {
    if (text.length > LONGEST_TEXT) return null;
    try {
      const value = parse(text, null, (digits) => digits);
      return WireObject.of(value);
    } catch {
      return null;
    }
  }

  private static of(value: unknown): WireObject | null {
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? new WireObject(value as Readonly<Record<string, unknown>>)
      : null;
  }

  /** The object that a member is; null for everything else. */
  object(name: string): WireObject | null {
    return Object.hasOwn(this.members, name) ? WireObject.of(this.members[name]) : null;
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

/** Whole VND: digits without leading zeros, perhaps with decimals that are zero, as Java prints a double. Null for anything else. */
export function parseWholeAmount(text: string): bigint | null {
  const match = /^(0|[1-9][0-9]{0,14})(?:\.0{1,2})?$/.exec(text);
  return match?.[1] === undefined ? null : BigInt(match[1]);
}
