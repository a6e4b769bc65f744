import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decodeStrict } from './base64';
import { systemRandom } from './hash';
import type { RandomBytes } from './hash';
import { WebhookKeyError } from './webhook-errors';

// Standard Webhooks 1.0, "Signature scheme": whsec_ HMAC secrets of 24 to 64 bytes, whsk_ and whpk_ ed25519 keys.

const SECRET_PREFIX = 'whsec_';
const PRIVATE_PREFIX = 'whsk_';
const PUBLIC_PREFIX = 'whpk_';
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
const SEED_BYTES = 32;
/** RFC 8410: the fixed head of a PKCS#8 ed25519 private key, before its 32-byte seed. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The points of small order (RFC 8032, 5.1: cofactor 8), sign bit off: under such a key forged signatures verify, in OpenSSL 3.0 too (3.5 refuses them). */
const SMALL_ORDER_POINTS: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
]);

/** A new HMAC secret, `whsec_<base64 of 32 bytes>`. */
export function createStandardSecret(random: RandomBytes = systemRandom): string {
  return SECRET_PREFIX + random(SEED_BYTES).toString('base64');
}

/** A new ed25519 pair: `whsk_<base64 of seed ‖ public key>` stays with us, `whpk_<base64>` goes to the receiver. */
export function createStandardKeyPair(random: RandomBytes = systemRandom): { privateKey: string; publicKey: string } {
  const seed = random(SEED_BYTES);
  const publicBytes = rawPublicKey(privateKeyOfSeed(seed));
  return {
    privateKey: PRIVATE_PREFIX + Buffer.concat([seed, publicBytes]).toString('base64'),
    publicKey: PUBLIC_PREFIX + publicBytes.toString('base64'),
  };
}

/** True for a key that makes or checks `v1a` signatures; by its prefix alone. @internal */
export function isAsymmetric(key: string): boolean {
  return key.startsWith(PRIVATE_PREFIX) || key.startsWith(PUBLIC_PREFIX);
}

/** The bytes of a `whsec_` secret. @throws WebhookKeyError @internal */
export function hmacSecretOf(text: string): Buffer {
  const bytes = keyBytes(text, SECRET_PREFIX);
  if (bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES) {
    throw new WebhookKeyError(`A whsec_ secret is base64 of ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes.`);
  }
  return bytes;
}

/** A `whsk_` key: the seed, alone or with its public key, as both spellings are in use. @throws WebhookKeyError @internal */
export function privateKeyOf(text: string): KeyObject {
  const bytes = keyBytes(text, PRIVATE_PREFIX);
  const [seed, publicBytes] = [bytes.subarray(0, SEED_BYTES), bytes.subarray(SEED_BYTES)];
  if (seed.length === SEED_BYTES) {
    const key = privateKeyOfSeed(seed);
    // A public half of another key is a mix-up that receivers would only notice as bad signatures.
    if (publicBytes.length === 0 || publicBytes.equals(rawPublicKey(key))) return key;
  }
  throw new WebhookKeyError('A whsk_ key is base64 of the seed, or of the seed and its public key.');
}

/** A `whpk_` key. @throws WebhookKeyError @internal */
export function publicKeyOf(text: string): KeyObject {
  const bytes = keyBytes(text, PUBLIC_PREFIX);
  if (bytes.length !== SEED_BYTES) throw new WebhookKeyError('A whpk_ key is base64 of 32 bytes.');
  if (hasSmallOrder(bytes)) throw new WebhookKeyError('A whpk_ key must not be a point of small order.');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' });
}

function hasSmallOrder(point: Buffer): boolean {
  const unsigned = Buffer.from(point);
  unsigned[SEED_BYTES - 1] = point.readUInt8(SEED_BYTES - 1) & 0x7f;
  return SMALL_ORDER_POINTS.has(unsigned.toString('hex'));
}

function privateKeyOfSeed(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
}

function rawPublicKey(privateKey: KeyObject): Buffer {
  return Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
}

function keyBytes(text: string, prefix: string): Buffer {
  // The prefix is part of the key: without it a public key would pass for a seed.
  const bytes = text.startsWith(prefix) ? decodeStrict(text.slice(prefix.length), 'base64') : undefined;
  if (bytes === undefined) throw new WebhookKeyError(`A ${prefix} key is ${prefix} and base64.`);
  return bytes;
}
