import { constantTimeEqualHex, hmacSha512Hex } from '@nx/crypto';
import { formEncode } from './form-encoding';
import { GatewayFieldError } from './gateway-error';

/** A message that was read and not yet believed. */
export interface Received<Message> {
  readonly message: Message;
  /** What may have been signed, the canonical text first. */
  readonly candidates: readonly [string, ...string[]];
  /** `vnp_SecureHash` as received; empty where the message is not signed. */
  readonly secureHash: string;
}

/** HMAC-SHA512 in lower-case hex. */
export function secureHash(text: string, secret: string): string {
  return hmacSha512Hex(secret, text);
}

/** Index of the first secret that signed the message, else null. Every secret and candidate is tried: time tells nothing. */
export function verifyReceived(received: Received<unknown>, secrets: readonly string[]): number | null {
  let found: number | null = null;
  for (const [index, secret] of secrets.entries()) {
    for (const candidate of received.candidates) {
      if (constantTimeEqualHex(secureHash(candidate, secret), received.secureHash)) found ??= index;
    }
  }
  return found;
}

/** The text that the form messages sign: names in ASCII order, encoded values, empty ones left out. */
export function canonicalForm(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== '')
    .sort(byName)
    .map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`)
    .join('&');
}

/** ASCII order of names; `localeCompare` would sort by language. */
export function byName(left: readonly [string, string], right: readonly [string, string]): number {
  return left[0] < right[0] ? -1 : left[0] > right[0] ? 1 : 0;
}

/** The text that the JSON messages sign: values joined by `|`, not encoded. Throws `GatewayFieldError` for a `|` in one. */
export function pipedText(values: Readonly<Record<string, string>>, order: readonly string[]): string {
  const offender = order.find((name) => values[name]?.includes('|'));
  if (offender !== undefined) throw new GatewayFieldError(offender, 'SEPARATOR');
  return order.map((name) => values[name] ?? '').join('|');
}
