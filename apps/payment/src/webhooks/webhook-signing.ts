import { invalidField, STANDARD_WEBHOOK_HEADERS, WEBHOOK_HEADERS } from '@nx/contracts';
import {
  createStandardKeyPair,
  createStandardSecret,
  randomToken,
  signStandardV1,
  signStandardV1a,
  signWebhook,
  WebhookKeyError,
} from '@nx/crypto';

/** `STANDARD_*`: Standard Webhooks 1.0, with a shared secret (v1) or with our ed25519 key (v1a). */
export const SIGNING_METHODS = ['NONE', 'HMAC_SHA256', 'STANDARD_V1', 'STANDARD_V1A'] as const;
export type SigningMethod = (typeof SIGNING_METHODS)[number];

/** What signs, and for `STANDARD_V1A` what the subscriber verifies with. */
export interface SigningKey {
  /** Null for `NONE`. */
  readonly secret: string | null;
  readonly publicKey: string | null;
}

/**
 * The key of a subscription: the given secret where the method has a shared one, else a new one. Throws
 * `request.invalid` at `/secret` for a secret that the method cannot use.
 */
export const signingKey = (method: SigningMethod, given: string | undefined): SigningKey => {
  if (method === 'NONE' || method === 'STANDARD_V1A') {
    const why = method === 'NONE' ? 'is of no use without a signature' : 'is made by us: only the public key leaves';
    if (given !== undefined) throw invalidField('request.invalid', '/secret', why);
    if (method === 'NONE') return { secret: null, publicKey: null };
    const { privateKey, publicKey } = createStandardKeyPair();
    return { secret: privateKey, publicKey };
  }
  if (method === 'HMAC_SHA256') return { secret: given ?? randomToken(32), publicKey: null };
  if (given !== undefined) checkStandardSecret(given);
  return { secret: given ?? createStandardSecret(), publicKey: null };
};

const checkStandardSecret = (secret: string): void => {
  try {
    signStandardV1(secret, { id: 'check', timestampSeconds: 0, rawBody: '' });
  } catch (error) {
    if (!(error instanceof WebhookKeyError)) throw error;
    throw invalidField('request.invalid', '/secret', 'is whsec_ and the base64 of 24 to 64 bytes (Standard Webhooks)');
  }
};

export interface SignedMessage {
  readonly eventId: string;
  readonly eventType: string;
  readonly body: string;
  /** Milliseconds; fresh for each try. */
  readonly now: number;
}

/**
 * The headers by which a subscriber knows that it is us. `secrets`: the newest first; a second one while it is still
 * valid. Standard Webhooks carries both in one header, `HMAC_SHA256` has a header for each.
 */
export const signatureHeaders = (
  method: SigningMethod,
  secrets: readonly string[],
  message: SignedMessage,
): Record<string, string> => {
  const { eventId, eventType, body, now } = message;
  if (method === 'HMAC_SHA256') {
    const [current, previous] = secrets.map((secret) => signWebhook(secret, now, eventType, body));
    return {
      ...(current === undefined ? {} : { [WEBHOOK_HEADERS.signature]: current }),
      ...(previous === undefined ? {} : { [WEBHOOK_HEADERS.previousSignature]: previous }),
    };
  }
  if (method === 'NONE') return {};
  const standard = { id: eventId, timestampSeconds: Math.floor(now / 1000), rawBody: body };
  const sign = method === 'STANDARD_V1' ? signStandardV1 : signStandardV1a;
  return {
    [STANDARD_WEBHOOK_HEADERS.timestamp]: String(standard.timestampSeconds),
    [STANDARD_WEBHOOK_HEADERS.signature]: secrets.map((secret) => sign(secret, standard)).join(' '),
  };
};
