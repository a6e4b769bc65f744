import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { Signer } from './sign-document';

/** Object identifiers in DER, tag and length included. */
const OIDS = {
  rsaSha256: '06092a864886f70d01010b',
  ecdsaSha256: '06082a8648ce3d040302',
  CN: '0603550403',
  UID: '060a0992268993f22c640101',
  serialNumber: '0603550405',
  organizationIdentifier: '0603550461',
} as const;

export type SubjectAttribute = 'CN' | 'UID' | 'serialNumber' | 'organizationIdentifier';

export interface CertificateOptions {
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
  readonly from?: string;
  readonly to?: string;
  readonly subject?: readonly (readonly [SubjectAttribute, string])[];
}

export const SELLER_SUBJECT = [
  ['CN', 'Quán cà phê (chỉ để thử)'],
  ['UID', 'MST:0104359717'],
] as const;

/** A self-signed certificate, made here so that no private key lies in the repository and any validity can be had. */
export function certificate(options: CertificateOptions): X509Certificate {
  const algorithm = der(0x30, options.key.asymmetricKeyType === 'rsa' ? `${OIDS.rsaSha256}0500` : OIDS.ecdsaSha256);
  const subject = (options.subject ?? SELLER_SUBJECT).map(([attribute, value]) => {
    const text = der(0x0c, Buffer.from(value, 'utf8').toString('hex'));
    return der(0x31, der(0x30, OIDS[attribute] + text));
  });
  const name = der(0x30, subject.join(''));
  const validity = [options.from ?? '2020-01-01T00:00:00Z', options.to ?? '2055-01-01T00:00:00Z'].map((instant) =>
    der(0x18, Buffer.from(instant.replaceAll(/[-:T]/g, '')).toString('hex')),
  );
  const spki = options.publicKey.export({ type: 'spki', format: 'der' }).toString('hex');
  const body = [der(0xa0, '020102'), '020101', algorithm, name, der(0x30, validity.join('')), name, spki];
  const tbs = der(0x30, body.join(''));
  const signature = sign('sha256', Buffer.from(tbs, 'hex'), options.key).toString('hex');
  return new X509Certificate(Buffer.from(der(0x30, tbs + algorithm + der(0x03, `00${signature}`)), 'hex'));
}

/** A fresh RSA key with its certificate. */
export function signer(options: Omit<CertificateOptions, 'key' | 'publicKey'> = {}, bits = 2048): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  return { key: privateKey, certificate: certificate({ ...options, key: privateKey, publicKey }) };
}

function der(tag: number, contentHex: string): string {
  const length = contentHex.length / 2;
  const size = length.toString(16);
  const bytes = size.padStart(size.length + (size.length % 2), '0');
  const lengthHex = length < 0x80 ? bytes : (0x80 + bytes.length / 2).toString(16) + bytes;
  return tag.toString(16).padStart(2, '0') + lengthHex + contentHex;
}
