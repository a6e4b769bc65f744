import { createHmac, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decodeStrict } from './base64';
import { constantTimeEqual, systemRandom } from './hash';
import type { RandomBytes } from './hash';
import { WEBHOOK_TOLERANCE_MS, readTimestamp } from './webhook-signature';

// Standard Webhooks 1.0: headers webhook-id, webhook-timestamp (seconds), webhook-signature (space separated list);
// signed content `<id>.<timestamp>.<body>`; v1 = HMAC-SHA-256, v1a = ed25519, both base64.

const SECRET_PREFIX = 'whsec_';
const PRIVATE_PREFIX = 'whsk_';
const PUBLIC_PREFIX = 'whpk_';
const SEED_BYTES = 32;
/** RFC 8410: the fixed head of a PKCS#8 ed25519 private key, before its 32-byte seed. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface StandardMessage {
  /** Header `webhook-id`, the same for every try. */
  readonly id: string;
  /** Header `webhook-timestamp`, in seconds since 1970. */
  readonly timestampSeconds: number;
  readonly rawBody: string | Uint8Array;
}

export interface StandardVerification {
  readonly id: string;
  /** Header `webhook-timestamp` (seconds). */
  readonly timestamp: string | number;
  readonly rawBody: string | Uint8Array;
  /** Header `webhook-signature`: one or more signatures separated by spaces. */
  readonly signature: string;
  readonly nowMs: number;
  readonly toleranceMs?: number;
}

/** A key that is not of the published form. Never carries the key. */
export class WebhookKeyError extends Error {
  override readonly name = 'WebhookKeyError';
}

/** A new HMAC secret, `whsec_<base64 of 32 bytes>`. */
export function createStandardSecret(random: RandomBytes = systemRandom): string {
  return SECRET_PREFIX + random(SEED_BYTES).toString('base64');
}

/** A new ed25519 pair: `whsk_<base64 of seed ‖ public key>` stays with us, `whpk_<base64>` goes to the receiver. */
export function createStandardKeyPair(random: RandomBytes = systemRandom): { privateKey: string; publicKey: string } {
  const seed = random(SEED_BYTES);
  const publicBytes = rawPublicKey(privateKeyOf(PRIVATE_PREFIX + seed.toString('base64')));
  return {
    privateKey: PRIVATE_PREFIX + Buffer.concat([seed, publicBytes]).toString('base64'),
    publicKey: PUBLIC_PREFIX + publicBytes.toString('base64'),
  };
}

/** One `v1,<base64>` signature. Join two with a space during a rotation. @throws WebhookKeyError */
export function signStandardV1(secret: string, message: StandardMessage): string {
  const mac = createHmac('sha256', hmacSecret(secret)).update(`${message.id}.${message.timestampSeconds}.`);
  return `v1,${mac.update(message.rawBody).digest('base64')}`;
}

/** One `v1a,<base64>` ed25519 signature by a `whsk_` key. @throws WebhookKeyError */
export function signStandardV1a(privateKey: string, message: StandardMessage): string {
  return `v1a,${sign(null, signedContent(message), privateKeyOf(privateKey)).toString('base64')}`;
}

/** True when a `v1` signature of the header fits one of the secrets and the timestamp is fresh. @throws WebhookKeyError */
export function verifyStandardV1(secrets: readonly string[], input: StandardVerification): boolean {
  const message = freshMessage(input);
  if (message === undefined) return false;
  let valid = false;
  for (const secret of secrets) {
    const expected = signStandardV1(secret, message);
    for (const candidate of input.signature.split(' ')) valid = constantTimeEqual(expected, candidate) || valid;
  }
  return valid;
}

/** True when a `v1a` signature of the header fits one of the `whpk_` keys and the timestamp is fresh. @throws WebhookKeyError */
export function verifyStandardV1a(publicKeys: readonly string[], input: StandardVerification): boolean {
  const message = freshMessage(input);
  if (message === undefined) return false;
  const content = signedContent(message);
  const keys = publicKeys.map(publicKeyOf);
  return input.signature.split(' ').some((candidate) => {
    const signature = candidate.startsWith('v1a,') ? decodeStrict(candidate.slice('v1a,'.length), 'base64') : undefined;
    return signature !== undefined && keys.some((key) => verify(null, content, key, signature));
  });
}

function freshMessage(input: StandardVerification): StandardMessage | undefined {
  const timestampSeconds = readTimestamp(input.timestamp);
  if (timestampSeconds === undefined) return undefined;
  const tolerance = input.toleranceMs ?? WEBHOOK_TOLERANCE_MS;
  if (Math.abs(input.nowMs - timestampSeconds * 1000) > tolerance) return undefined;
  return { id: input.id, timestampSeconds, rawBody: input.rawBody };
}

function signedContent(message: StandardMessage): Buffer {
  return Buffer.concat([Buffer.from(`${message.id}.${message.timestampSeconds}.`), Buffer.from(message.rawBody)]);
}

function hmacSecret(secret: string): Buffer {
  const bytes = keyBytes(secret, SECRET_PREFIX);
  if (bytes.length === 0) throw new WebhookKeyError('A webhook secret must not be empty.');
  return bytes;
}

function privateKeyOf(text: string): KeyObject {
  const bytes = keyBytes(text, PRIVATE_PREFIX);
  if (bytes.length !== SEED_BYTES && bytes.length !== 2 * SEED_BYTES) {
    throw new WebhookKeyError('A whsk_ key is base64 of the seed, or of the seed and the public key.');
  }
  const seed = bytes.subarray(0, SEED_BYTES);
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
}

function publicKeyOf(text: string): KeyObject {
  const bytes = keyBytes(text, PUBLIC_PREFIX);
  if (bytes.length !== SEED_BYTES) throw new WebhookKeyError('A whpk_ key is base64 of 32 bytes.');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' });
}

function rawPublicKey(privateKey: KeyObject): Buffer {
  return Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
}

function keyBytes(text: string, prefix: string): Buffer {
  const bytes = decodeStrict(text.startsWith(prefix) ? text.slice(prefix.length) : text, 'base64');
  if (bytes === undefined) throw new WebhookKeyError(`A ${prefix} key must be base64.`);
  return bytes;
}
