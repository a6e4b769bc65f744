import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { BinaryLike, KeyObject } from 'node:crypto';

/** A source of random bytes; `node:crypto` in production, a seeded one where a run must be replayed. */
export type RandomBytes = (size: number) => Buffer;

/** The default source: the operating system's. */
export const systemRandom: RandomBytes = (size) => randomBytes(size);

/** HMAC-SHA-256 as 64 lower-case hex characters. */
export function hmacSha256Hex(secret: BinaryLike | KeyObject, data: BinaryLike): string {
  return createHmac('sha256', secret).update(data).digest('hex');
}

/** HMAC-SHA-512 as 128 lower-case hex characters. */
export function hmacSha512Hex(secret: BinaryLike | KeyObject, data: BinaryLike): string {
  return createHmac('sha512', secret).update(data).digest('hex');
}

/** MD5 as 32 lower-case hex characters. Only for provider checksums whose format demands it; it proves nothing. */
export function md5Hex(data: BinaryLike): string {
  return createHash('md5').update(data).digest('hex');
}

/** SHA-256 as 64 lower-case hex characters. */
export function sha256Hex(data: BinaryLike): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Compares without telling by its duration where, or whether in length, the two differ. Text is compared as UTF-8. */
export function constantTimeEqual(left: string | Uint8Array, right: string | Uint8Array): boolean {
  // Digests have one length, so timingSafeEqual always runs; equal digests mean equal contents.
  return timingSafeEqual(createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest());
}

/** The same for hex text, upper and lower case alike; text that is not hex never matches. */
export function constantTimeEqualHex(left: string, right: string): boolean {
  const equal = constantTimeEqual(left.toLowerCase(), right.toLowerCase());
  return equal && /^(?:[0-9a-f]{2})+$/i.test(left);
}

/** Random text for secrets and one-time links: base64url of `bytes` random bytes (32 = 43 characters). */
export function randomToken(bytes = 32, random: RandomBytes = systemRandom): string {
  return random(bytes).toString('base64url');
}
