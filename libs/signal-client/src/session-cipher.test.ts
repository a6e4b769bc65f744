import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ClientHandshake, DEFAULT_INFO } from './session-cipher';

interface Vector {
  readonly clientPrivateHex: string;
  readonly clientPublic: string;
  readonly serverPublic: string;
  readonly saltHex: string;
  readonly ivHex: string;
  readonly info: string;
  readonly plaintext: string;
  readonly payload: { readonly iv: string; readonly ct: string };
}

const { ecdh } = JSON.parse(readFileSync(new URL('../../../test/vectors/crypto.json', import.meta.url), 'utf8')) as {
  readonly ecdh: Vector;
};

const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const;
const bytesOf = (hex: string): Buffer => Buffer.from(hex, 'hex');

afterEach(() => {
  vi.restoreAllMocks();
});

/** The vector's pair, in the place of a fresh one. */
async function vectorPair() {
  const { subtle } = globalThis.crypto;
  const point = Buffer.from(ecdh.clientPublic, 'base64');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  const d = bytesOf(ecdh.clientPrivateHex).toString('base64url');
  const privateKey = { kty: 'EC', crv: 'P-256', d, x: x ?? '', y: y ?? '' };
  return {
    publicKey: await subtle.importKey('raw', point, CURVE, true, []),
    privateKey: await subtle.importKey('jwk', privateKey, CURVE, false, ['deriveBits']),
  };
}

describe('keys and seals of the client', () => {
  it('meet the published vector, both ways', async () => {
    const pair = await vectorPair();
    const source = globalThis.crypto;
    vi.spyOn(source.subtle, 'generateKey').mockResolvedValue(pair);
    const handshake = await ClientHandshake.start();
    expect(handshake.publicKey).toBe(ecdh.clientPublic);
    expect(DEFAULT_INFO).toBe(ecdh.info);
    const salt = bytesOf(ecdh.saltHex).toString('base64');
    const cipher = await handshake.complete(ecdh.serverPublic, salt, DEFAULT_INFO);
    vi.spyOn(source, 'getRandomValues').mockImplementation((array) => {
      bytesOf(ecdh.ivHex).copy(array as unknown as Uint8Array);
      return array;
    });
    expect(await cipher.seal(ecdh.plaintext)).toEqual(ecdh.payload);
    expect(await cipher.open(ecdh.payload)).toBe(ecdh.plaintext);
    await expect(cipher.open(ecdh.payload)).rejects.toThrow('repeated an IV');
  });
});
