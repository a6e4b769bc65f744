import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { TAG_BYTES } from './aead';
import { decodeStrict } from './base64';
import { KeyRingError } from './crypto-errors';
import { systemRandom } from './hash';
import type { RandomBytes } from './hash';

/** The two ciphers of the platform's older format: base64(iv16 ‖ [tag16, GCM only] ‖ ciphertext). */
export type LegacyMode = 'gcm' | 'cbc';

const LEGACY_IV_BYTES = 16;
const KEY_CHARACTERS = 32;

/**
 * The older format's key: the secret cut to 32 characters or padded with ASCII `0`, as UTF-8.
 * @throws KeyRingError when the secret is empty or has characters outside ASCII (its 32 characters are not 32 bytes)
 */
export function legacyKey(secret: string): KeyObject {
  const bytes = Buffer.from(secret.slice(0, KEY_CHARACTERS).padEnd(KEY_CHARACTERS, '0'), 'utf8');
  if (secret.length === 0 || bytes.length !== KEY_CHARACTERS)
    throw new KeyRingError('The secret must be non-empty ASCII text.');
  return createSecretKey(bytes);
}

/** Encrypts in the older format. Only for speaking to systems that expect it; new rows use the key ring. */
export function legacyEncrypt(
  mode: LegacyMode,
  key: KeyObject,
  plaintext: string,
  random: RandomBytes = systemRandom,
): string {
  const iv = random(LEGACY_IV_BYTES);
  if (mode === 'cbc') {
    const cipher = createCipheriv('aes-256-cbc', key, iv);
    return Buffer.concat([iv, cipher.update(plaintext, 'utf8'), cipher.final()]).toString('base64');
  }
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64');
}

/**
 * Decrypts the older format; undefined when the text or the key does not fit. CBC carries no tag, so a wrong key is
 * noticed there by its padding only (1 in 256 passes): the caller must check what comes out.
 */
export function legacyDecrypt(mode: LegacyMode, key: KeyObject, text: string): Buffer | undefined {
  const packed = decodeStrict(text, 'base64');
  const head = mode === 'gcm' ? LEGACY_IV_BYTES + TAG_BYTES : LEGACY_IV_BYTES;
  if (packed === undefined || packed.length < head) return undefined;
  const iv = packed.subarray(0, LEGACY_IV_BYTES);
  try {
    if (mode === 'cbc') {
      const decipher = createDecipheriv('aes-256-cbc', key, iv);
      return Buffer.concat([decipher.update(packed.subarray(head)), decipher.final()]);
    }
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(packed.subarray(LEGACY_IV_BYTES, head));
    return Buffer.concat([decipher.update(packed.subarray(head)), decipher.final()]);
  } catch {
    return undefined;
  }
}
