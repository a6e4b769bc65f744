import { hkdfSync } from 'node:crypto';
import type { BinaryLike } from 'node:crypto';

/** HKDF with SHA-256 (RFC 5869): `length` bytes of key material. @internal */
export function hkdfSha256(secret: BinaryLike, salt: BinaryLike, info: BinaryLike, length: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, length));
}
