import { createHmac, sign, verify } from 'node:crypto';
import { decodeStrict } from './base64';
import { constantTimeEqual } from './hash';
import { hmacSecretOf, isAsymmetric, privateKeyOf, publicKeyOf } from './standard-webhook-keys';
import { WebhookKeyError, WebhookMessageError } from './webhook-errors';
import { assertBodySize, isFresh, readTimestamp, whenReadable } from './webhook-rules';

// Standard Webhooks 1.0: headers webhook-id, webhook-timestamp (seconds), webhook-signature (space separated list);
// signed content `<id>.<timestamp>.<body>`; v1 = HMAC-SHA-256, v1a = ed25519, both base64.

/** No dot: it separates the signed parts, and the specification warns of ids that contain it. */
const ID = /^[!-\-/-~]{1,256}$/;
const SIGNATURE = /^([a-z0-9]{1,16}),([A-Za-z0-9+/=]{1,1024})$/;
const MAX_SIGNATURES = 16;

export interface StandardMessage {
  /** Header `webhook-id`, the same for every try: 1 to 256 printable characters without a dot. */
  readonly id: string;
  /** Header `webhook-timestamp`, in seconds since 1970. */
  readonly timestampSeconds: number;
  readonly rawBody: string | Uint8Array;
}

/** The three headers as they came, `webhook-id`, `webhook-timestamp` and `webhook-signature`. */
export interface StandardHeaders {
  readonly id: string;
  /** In seconds. */
  readonly timestamp: string | number;
  /** One or more signatures separated by spaces. */
  readonly signature: string;
}

export interface StandardVerification extends StandardHeaders {
  readonly rawBody: string | Uint8Array;
  readonly nowMs: number;
  readonly toleranceMs?: number;
}

/** One entry of the signature header: `v1`, `v1a` or a version that is not known here, and its base64. */
export interface StandardSignature {
  readonly version: string;
  readonly signature: string;
}

/** One `v1,<base64>` signature. @throws WebhookKeyError, WebhookMessageError */
export function signStandardV1(secret: string, message: StandardMessage): string {
  return `v1,${createHmac('sha256', hmacSecretOf(secret)).update(signedContent(message)).digest('base64')}`;
}

/** One `v1a,<base64>` ed25519 signature by a `whsk_` key. @throws WebhookKeyError, WebhookMessageError */
export function signStandardV1a(privateKey: string, message: StandardMessage): string {
  return `v1a,${sign(null, signedContent(message), privateKeyOf(privateKey)).toString('base64')}`;
}

/**
 * The whole `webhook-signature` header: one signature for each `whsec_` or `whsk_` key, two during a rotation.
 * @throws WebhookKeyError also for no key or more than 16; WebhookMessageError
 */
export function signStandard(keys: readonly string[], message: StandardMessage): string {
  if (keys.length === 0 || keys.length > MAX_SIGNATURES) {
    throw new WebhookKeyError(`A webhook is signed with 1 to ${MAX_SIGNATURES} keys.`);
  }
  return keys.map((key) => (isAsymmetric(key) ? signStandardV1a : signStandardV1)(key, message)).join(' ');
}

/**
 * Reads the three headers: id and timestamp strictly, 1 to 16 signatures with one space between two. Versions that are
 * not known here are kept, so that a sender may add one.
 * @throws WebhookMessageError naming the part
 */
export function readStandardHeaders(headers: StandardHeaders): {
  id: string;
  timestampSeconds: number;
  signatures: StandardSignature[];
} {
  assertId(headers.id);
  const timestampSeconds = readTimestamp(headers.timestamp);
  // One more than allowed is enough to refuse, however long the header is.
  const parts = headers.signature.split(' ', MAX_SIGNATURES + 1);
  if (parts.length > MAX_SIGNATURES) {
    throw new WebhookMessageError('signature', 'too_large', `At most ${MAX_SIGNATURES} signatures are read.`);
  }
  const signatures = parts.map((part) => {
    const [, version, signature] = SIGNATURE.exec(part) ?? [];
    if (version === undefined || signature === undefined) {
      throw new WebhookMessageError('signature', 'malformed', 'A signature is <version>,<base64>.');
    }
    return { version, signature };
  });
  return { id: headers.id, timestampSeconds, signatures };
}

/**
 * True when a signature of the header fits one of the keys and the timestamp is at most five minutes old or ahead:
 * `v1` signatures for `whsec_` secrets, `v1a` signatures for `whpk_` keys, so that who knows a public key alone never
 * trusts an HMAC. What cannot be read is false.
 * @throws WebhookKeyError for a key that is neither
 */
export function verifyStandard(keys: readonly string[], input: StandardVerification): boolean {
  return whenReadable(() => {
    const { id, timestampSeconds, signatures } = readStandardHeaders(input);
    if (!isFresh(timestampSeconds * 1000, input.nowMs, input.toleranceMs)) return false;
    const content = signedContent({ id, timestampSeconds, rawBody: input.rawBody });
    let valid = false;
    for (const key of keys) valid = verifierOf(key, content)(signatures) || valid;
    return valid;
  });
}

function verifierOf(key: string, content: Buffer): (signatures: readonly StandardSignature[]) => boolean {
  if (isAsymmetric(key)) {
    const publicKey = publicKeyOf(key);
    return (signatures) =>
      signatures.some(({ version, signature }) => {
        const bytes = version === 'v1a' ? decodeStrict(signature, 'base64') : undefined;
        return bytes !== undefined && verify(null, content, publicKey, bytes);
      });
  }
  const expected = createHmac('sha256', hmacSecretOf(key)).update(content).digest('base64');
  return (signatures) =>
    signatures.some(({ version, signature }) => version === 'v1' && constantTimeEqual(expected, signature));
}

function signedContent({ id, timestampSeconds, rawBody }: StandardMessage): Buffer {
  assertId(id);
  assertBodySize(rawBody);
  return Buffer.concat([Buffer.from(`${id}.${readTimestamp(timestampSeconds)}.`), Buffer.from(rawBody)]);
}

function assertId(id: string): void {
  if (ID.test(id)) return;
  throw new WebhookMessageError('id', 'malformed', 'A webhook id is 1 to 256 printable characters without a dot.');
}
