import { createSecretKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { IV_BYTES, TAG_BYTES, gcmOpen, gcmSeal } from './aead';
import { decodeStrict } from './base64';
import { DecryptError, KeyRingError } from './crypto-errors';
import type { Aad } from './crypto-errors';
import { systemRandom } from './hash';
import type { RandomBytes } from './hash';
import { hkdfSha256 } from './hkdf';
import { legacyDecrypt, legacyKey } from './legacy-cipher';
import { decodeUtf8 } from './utf8';

const VERSION = 'v1';
const HKDF_INFO = 'nx.key-ring.v1';
const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;
const SEALED = /^v1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]*)$/;
const MAX_KEYS = 64;
const HEX_KEY = /^[0-9a-f]{64}$/i;
const CHECK_PLAINTEXT = 'nx.key-check.v1';

/** Key id of a ring that was made from a single secret. */
export const DEFAULT_KEY_ID = 'default';
/** The key id that errors carry for ciphertext of the older format, which names no key. */
export const LEGACY_KEY_ID = 'legacy';

export interface KeyRingOptions {
  /** `secret` (default): text, stretched with HKDF-SHA-256. `hex`: exactly 64 hex characters are the 32 key bytes. */
  readonly encoding?: 'secret' | 'hex';
  /** Further secrets that old-format rows may have been sealed with; the ring's own are always tried. */
  readonly legacySecrets?: readonly string[];
  readonly random?: RandomBytes;
}

interface RingEntry {
  readonly id: string;
  readonly secret: string;
}

/**
 * The data keys of one service: the first encrypts, all decrypt. Text form
 * `v1.<keyId>.<base64url(iv12 ‖ ciphertext ‖ tag16)>`, AES-256-GCM, additional data = table, column and row id.
 */
export class KeyRing {
  readonly currentKeyId: string;
  readonly keyIds: readonly string[];
  private readonly keys = new Map<string, KeyObject>();
  private readonly currentKey: KeyObject;
  private readonly legacyKeys: readonly KeyObject[];
  private readonly random: RandomBytes;

  private constructor(entries: readonly RingEntry[], options: KeyRingOptions) {
    if (entries.length > MAX_KEYS) throw new KeyRingError(`A key ring has at most ${MAX_KEYS} keys.`);
    for (const { id, secret } of entries) {
      if (!KEY_ID.test(id)) throw new KeyRingError('A key id consists of 1 to 64 letters, digits, "_" or "-".');
      if (this.keys.has(id)) throw new KeyRingError(`The key id "${id}" stands twice in the ring.`);
      this.keys.set(id, dataKey(id, secret, options.encoding ?? 'secret'));
    }
    const current = entries[0];
    const currentKey = current && this.keys.get(current.id);
    if (current === undefined || currentKey === undefined) throw new KeyRingError('The key ring is empty.');
    this.currentKeyId = current.id;
    this.currentKey = currentKey;
    this.keyIds = Object.freeze([...this.keys.keys()]);
    this.legacyKeys = legacyKeys(entries, options);
    this.random = options.random ?? systemRandom;
  }

  /**
   * Reads `id:secret,id:secret`; the first encrypts. Secrets may contain colons, not commas.
   * @throws KeyRingError naming the entry by its position or id, never its secret
   */
  static parse(text: string, options: KeyRingOptions = {}): KeyRing {
    const entries = text.split(',').map((part, index) => {
      const entry = part.trim();
      const colon = entry.indexOf(':');
      if (colon < 1) throw new KeyRingError(`Entry ${index + 1} of the key ring is not of the form <id>:<secret>.`);
      return { id: entry.slice(0, colon), secret: entry.slice(colon + 1) };
    });
    return new KeyRing(entries, options);
  }

  /** A ring of one secret under the fixed key id `default`. @throws KeyRingError */
  static fromSecret(secret: string, options: KeyRingOptions = {}): KeyRing {
    return new KeyRing([{ id: DEFAULT_KEY_ID, secret }], options);
  }

  /** Encrypts with the current key for one place. @throws KeyRingError for a place that names no table, column or row */
  seal(plaintext: string | Uint8Array, aad: Aad): string {
    return this.sealWith(this.currentKeyId, this.currentKey, plaintext, aad);
  }

  /** Decrypts to text, the older format too. @throws DecryptError, also for bytes that are no UTF-8 */
  open(text: string, aad: Aad): string {
    const plaintext = decodeUtf8(this.openBytes(text, aad));
    if (plaintext === undefined) throw new DecryptError(this.keyIdOf(text) ?? LEGACY_KEY_ID, aad);
    return plaintext;
  }

  /** Decrypts to bytes, the older format too. @throws DecryptError */
  openBytes(text: string, aad: Aad): Buffer {
    const [, keyId, body] = SEALED.exec(text) ?? [];
    if (keyId === undefined || body === undefined) return this.openLegacy(text, aad);
    const key = this.keys.get(keyId);
    const packed = decodeStrict(body, 'base64url');
    if (key === undefined || packed === undefined || packed.length < IV_BYTES + TAG_BYTES)
      throw new DecryptError(keyId, aad);
    try {
      return gcmOpen(key, packed.subarray(0, IV_BYTES), packed.subarray(IV_BYTES), encodeAad(aad));
    } catch {
      throw new DecryptError(keyId, aad);
    }
  }

  /** The key id that a ciphertext names; undefined for the older format. */
  keyIdOf(text: string): string | undefined {
    return SEALED.exec(text)?.[1];
  }

  /** True when the text is not sealed with the current key: the re-encrypt command rewrites such rows. */
  needsReencrypt(text: string): boolean {
    return this.keyIdOf(text) !== this.currentKeyId;
  }

  /**
   * The value that the KeyCheck table keeps for a key of this ring.
   * @throws KeyRingError when the ring has no such key
   */
  sealCheckValue(keyId: string = this.currentKeyId): string {
    const key = this.keys.get(keyId);
    if (key === undefined) throw new KeyRingError(`The ring has no key "${keyId}".`);
    return this.sealWith(keyId, key, CHECK_PLAINTEXT, checkAad(keyId));
  }

  /**
   * Proves that this ring holds the very key under which the stored value was sealed.
   * @throws DecryptError naming the key id when it does not
   */
  openCheckValue(keyId: string, text: string): void {
    if (this.keyIdOf(text) !== keyId || this.open(text, checkAad(keyId)) !== CHECK_PLAINTEXT) {
      throw new DecryptError(keyId, checkAad(keyId));
    }
  }

  private sealWith(keyId: string, key: KeyObject, plaintext: string | Uint8Array, aad: Aad): string {
    // An empty part would bind to nothing; the types cannot say that a row's id is known already.
    if (!aad.table || !aad.column || !aad.rowId) {
      throw new KeyRingError('A ciphertext belongs to a table, a column and a row.');
    }
    const iv = this.random(IV_BYTES);
    const packed = Buffer.concat([iv, gcmSeal(key, iv, plaintext, encodeAad(aad))]);
    return `${VERSION}.${keyId}.${packed.toString('base64url')}`;
  }

  private openLegacy(text: string, aad: Aad): Buffer {
    for (const key of this.legacyKeys) {
      const plaintext = legacyDecrypt('gcm', key, text);
      if (plaintext !== undefined) return plaintext;
    }
    throw new DecryptError(LEGACY_KEY_ID, aad);
  }
}

function dataKey(id: string, secret: string, encoding: 'secret' | 'hex'): KeyObject {
  if (encoding === 'hex') {
    if (!HEX_KEY.test(secret)) throw new KeyRingError(`Key "${id}" must be exactly 64 hex characters.`);
    return createSecretKey(Buffer.from(secret, 'hex'));
  }
  if (secret.length === 0) throw new KeyRingError(`Key "${id}" has an empty secret.`);
  return createSecretKey(hkdfSha256(secret, '', HKDF_INFO, KEY_BYTES));
}

function legacyKeys(entries: readonly RingEntry[], options: KeyRingOptions): KeyObject[] {
  const secrets = [...entries.map((entry) => entry.secret), ...(options.legacySecrets ?? [])];
  // The older format knew ASCII secrets only, so a secret outside ASCII cannot have sealed such a row.
  // oxlint-disable-next-line no-control-regex
  return secrets.filter((secret) => /^[\x01-\x7f]+$/.test(secret)).map(legacyKey);
}

function encodeAad(aad: Aad): Buffer {
  // JSON keeps the three parts apart whatever characters they contain.
  return Buffer.from(JSON.stringify([aad.table, aad.column, aad.rowId]), 'utf8');
}

function checkAad(keyId: string): Aad {
  return { table: 'KeyCheck', column: 'check_value', rowId: keyId };
}
