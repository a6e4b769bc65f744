import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export const KEY_BYTES = 32;
export const IV_BYTES = 12;
export const TAG_BYTES = 16;

/** AES-256-GCM: ciphertext followed by the 16-byte tag. @internal */
export function gcmSeal(
  key: KeyObject | Uint8Array,
  iv: Uint8Array,
  plaintext: string | Uint8Array,
  aad?: Uint8Array,
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  if (aad !== undefined) cipher.setAAD(aad);
  const head = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext);
  return Buffer.concat([head, cipher.final(), cipher.getAuthTag()]);
}

/** The reverse. Throws when the tag does not match. @internal */
export function gcmOpen(key: KeyObject | Uint8Array, iv: Uint8Array, sealed: Buffer, aad?: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  if (aad !== undefined) decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES)), decipher.final()]);
}
