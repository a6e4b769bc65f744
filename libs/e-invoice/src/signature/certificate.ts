import { X509Certificate } from 'node:crypto';
import { SignatureError } from './signature-error';

const MIN_KEY_BITS = 2048;
/** Vietnamese certificates name the taxpayer as `UID=MST:0100109106`; others in the subject's number or organisation id. */
const TAX_CODE_ATTRIBUTES = ['UID', 'serialNumber', 'organizationIdentifier'] as const;

/** A certificate from PEM or DER. Throws SignatureError. */
export function readCertificate(source: string | Buffer, path: string): X509Certificate {
  try {
    return new X509Certificate(source);
  } catch {
    throw new SignatureError('CERTIFICATE', path, 'is no X.509 certificate');
  }
}

/** Only RSA keys of 2048 bits and more; 1024 where old documents are allowed. Throws SignatureError. */
export function checkRsaKey(certificate: X509Certificate, path: string, minBits = MIN_KEY_BITS): void {
  const { publicKey } = certificate;
  if (publicKey.asymmetricKeyType !== 'rsa') throw new SignatureError('CERTIFICATE', path, 'holds no RSA key');
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < minBits)
    throw new SignatureError('CERTIFICATE', path, `holds a key of ${bits} bits, at least ${minBits} are needed`);
}

/** Throws SignatureError when the certificate was not valid at an instant, both ends included. */
export function checkValidity(certificate: X509Certificate, at: Date, path: string): void {
  const from = Date.parse(certificate.validFrom);
  const to = Date.parse(certificate.validTo);
  const time = at.getTime();
  if (time >= from && time <= to) return;
  throw new SignatureError('VALIDITY', path, `was not valid at ${at.toISOString()}`);
}

/** Whether the subject carries a tax code, with or without the prefix `MST:` and the dash of a branch. */
export function subjectCarries(certificate: X509Certificate, taxCode: string): boolean {
  const wanted = taxCode.replaceAll('-', '');
  // A certificate without a subject gives undefined here, which Node's type conceals.
  const lines = String(certificate.subject).replaceAll('-', '').split('\n');
  return TAX_CODE_ATTRIBUTES.some(
    (attribute) => lines.includes(`${attribute}=${wanted}`) || lines.includes(`${attribute}=MST:${wanted}`),
  );
}
