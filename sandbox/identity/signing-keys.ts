import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto';
import { derivedBytes } from '../shared/random';

/** The order of P-256's group: a private key is a number in 1 … n − 1. */
const P256_ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

export interface PublicJwk {
  readonly crv: 'P-256';
  readonly kty: 'EC';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: PublicJwk;
}

/** The n-th key of a seed is always the same, so tokens outlive a restart of the sandbox. */
function makeKey(seed: string, n: number): SigningKey {
  const number = (BigInt(`0x${derivedBytes('es256', seed, n).toString('hex')}`) % (P256_ORDER - 1n)) + 1n;
  const d = Buffer.from(number.toString(16).padStart(64, '0'), 'hex');
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  const kid = derivedBytes('kid', seed, n).toString('hex').slice(0, 16);
  const privateKey = createPrivateKey({
    format: 'jwk',
    key: { kty: 'EC', crv: 'P-256', x, y, d: d.toString('base64url') },
  });
  return { kid, privateKey, publicJwk: { crv: 'P-256', kty: 'EC', x, y, kid, alg: 'ES256', use: 'sig' } };
}

/** Identity's signing keys: the newest signs, all that are not withdrawn verify. */
export class SigningKeys {
  private keys: SigningKey[];
  private made = 1;

  constructor(private readonly seed: string) {
    this.keys = [makeKey(seed, 0)];
  }

  get current(): SigningKey {
    const key = this.keys.at(-1);
    if (key === undefined) throw new Error('there is always a signing key');
    return key;
  }

  find(kid: string): SigningKey | undefined {
    return this.keys.find((key) => key.kid === kid);
  }

  publicSet(): { keys: PublicJwk[] } {
    return { keys: this.keys.map((key) => key.publicJwk) };
  }

  /** Adds a key beside the old ones; `withdrawOld` also takes the old ones out of the set. */
  rotate(withdrawOld: boolean): SigningKey {
    const key = makeKey(this.seed, this.made);
    this.made += 1;
    this.keys = withdrawOld ? [key] : [...this.keys, key];
    return key;
  }
}
