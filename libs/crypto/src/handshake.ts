import { createECDH, createSecretKey } from 'node:crypto';
import type { ECDH, KeyObject } from 'node:crypto';
import { KEY_BYTES } from './aead';
import { decodeStrict } from './base64';
import { ChannelError } from './channel-error';
import { systemRandom } from './hash';
import type { RandomBytes } from './hash';
import { hkdfSha256 } from './hkdf';

/** HKDF's info of the platform's realtime channel, unless a site configures another. */
export const DEFAULT_ECDH_INFO = 'ignis-ecdh-p256-aes-256-gcm-v1';

const CURVE = 'prime256v1';
const POINT_BYTES = 65;
const UNCOMPRESSED = 0x04;
const SCALAR_BYTES = 32;
const SALT_BYTES = 32;

/** A P-256 pair: 32-byte private scalar, 65-byte uncompressed public point. */
export interface EcdhKeyPair {
  readonly privateKey: Buffer;
  readonly publicKey: Buffer;
}

export interface ServerHandshakeOptions {
  readonly info?: string;
  readonly keyPair?: EcdhKeyPair;
  readonly salt?: Buffer;
  readonly random?: RandomBytes;
}

/** What the server sends (`serverPublicKey`, `salt`: standard base64) and the key that both sides now hold. */
export interface ServerHandshake {
  readonly serverPublicKey: string;
  readonly salt: string;
  readonly key: KeyObject;
}

/**
 * A fresh key pair, or the pair of a given private scalar (vectors, replays).
 * @throws ChannelError `bad_private_key` unless the scalar is 32 bytes, at least 1 and below the order of the curve
 */
export function createEcdhKeyPair(privateKey?: Uint8Array): EcdhKeyPair {
  const ecdh = createECDH(CURVE);
  if (privateKey === undefined) ecdh.generateKeys();
  else setScalar(ecdh, privateKey);
  return { privateKey: leftPadded(ecdh.getPrivateKey()), publicKey: ecdh.getPublicKey() };
}

function setScalar(ecdh: ECDH, scalar: Uint8Array): void {
  if (scalar.length !== SCALAR_BYTES) throw new ChannelError('bad_private_key');
  try {
    ecdh.setPrivateKey(scalar);
  } catch {
    throw new ChannelError('bad_private_key');
  }
}

/** Node leaves the leading zero bytes of a scalar out. */
function leftPadded(scalar: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(SCALAR_BYTES - scalar.length), scalar]);
}

/**
 * The server's side: fresh pair and salt, and
 * `key = HKDF-SHA-256(X of the shared point, salt, info, 32)`.
 * @throws ChannelError `bad_public_key` unless the client's key is base64 of a 65-byte uncompressed point on P-256
 */
export function createServerHandshake(
  clientPublicKeyBase64: unknown,
  options: ServerHandshakeOptions = {},
): ServerHandshake {
  const clientPoint = readPoint(clientPublicKeyBase64);
  const keyPair = options.keyPair ?? createEcdhKeyPair();
  const salt = options.salt ?? (options.random ?? systemRandom)(SALT_BYTES);
  return {
    serverPublicKey: keyPair.publicKey.toString('base64'),
    salt: salt.toString('base64'),
    key: deriveKey(keyPair.privateKey, clientPoint, salt, options.info ?? DEFAULT_ECDH_INFO),
  };
}

/**
 * The client's side: the key from the server's answer.
 * @throws ChannelError `bad_public_key`, or `malformed` for a salt that is not base64 of 32 bytes
 */
export function completeClientHandshake(
  keyPair: EcdhKeyPair,
  answer: { readonly serverPublicKey: unknown; readonly salt: unknown },
  info: string = DEFAULT_ECDH_INFO,
): KeyObject {
  const salt = typeof answer.salt === 'string' ? decodeStrict(answer.salt, 'base64') : undefined;
  if (salt?.length !== SALT_BYTES) throw new ChannelError('malformed');
  return deriveKey(keyPair.privateKey, readPoint(answer.serverPublicKey), salt, info);
}

function readPoint(text: unknown): Buffer {
  const point = typeof text === 'string' ? decodeStrict(text, 'base64') : undefined;
  if (point?.length !== POINT_BYTES || point[0] !== UNCOMPRESSED) throw new ChannelError('bad_public_key');
  return point;
}

function deriveKey(privateKey: Buffer, point: Buffer, salt: Buffer, info: string): KeyObject {
  const ecdh = createECDH(CURVE);
  setScalar(ecdh, privateKey);
  return createSecretKey(hkdfSha256(sharedSecret(ecdh, point), salt, info, KEY_BYTES));
}

function sharedSecret(ecdh: ECDH, point: Buffer): Buffer {
  try {
    // OpenSSL refuses a point that is not on the curve.
    return ecdh.computeSecret(point);
  } catch {
    throw new ChannelError('bad_public_key');
  }
}
