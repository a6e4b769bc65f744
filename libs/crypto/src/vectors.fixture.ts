import { readFileSync } from 'node:fs';

/** The published vectors that this library has to meet. Read by tests only. */
export interface CryptoVectors {
  readonly ecdh: {
    readonly serverPrivateHex: string;
    readonly clientPrivateHex: string;
    readonly saltHex: string;
    readonly ivHex: string;
    readonly info: string;
    readonly serverPublic: string;
    readonly clientPublic: string;
    readonly shared: string;
    readonly key: string;
    readonly plaintext: string;
    readonly payload: { readonly iv: string; readonly ct: string };
  };
  readonly legacyAes: {
    readonly message: string;
    readonly secret: string;
    readonly ivHex: string;
    readonly cbc: string;
    readonly gcm: string;
  };
  readonly javaHashCode: readonly { readonly text: string; readonly hash: number }[];
}

export const vectors = JSON.parse(
  readFileSync(new URL('../../../test/vectors/crypto.json', import.meta.url), 'utf8'),
) as CryptoVectors;
