import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkRsaKey, checkValidity, readCertificate, subjectCarries } from './certificate';
import { certificate, signer } from './certificates.fixture';
import type { SubjectAttribute } from './certificates.fixture';

const SIGNER = signer();
const { key } = SIGNER;
const { publicKey } = SIGNER.certificate;

/** What a check says: fault, path and reason, or `passes`. */
function said(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    expect(error).toMatchObject({ name: 'SignatureError' });
    const { fault, path, reason, message } = error as Record<string, string>;
    expect(message).toBe(`${fault} ${path} ${reason}`);
    return `${fault} | ${path} | ${reason}`;
  }
  return 'passes';
}

describe('certificates', () => {
  it('are read from PEM and DER', () => {
    const { fingerprint256, raw } = SIGNER.certificate;
    expect(readCertificate(raw, '/a').fingerprint256).toBe(fingerprint256);
    expect(readCertificate(SIGNER.certificate.toString(), '/a').fingerprint256).toBe(fingerprint256);
    expect(said(() => readCertificate('x', '/a'))).toBe('CERTIFICATE | /a | is no X.509 certificate');
  });

  it('hold an RSA key of 2048 bits or more, or of as many as are asked for', () => {
    const short = signer({}, 2040).certificate;
    const refused = 'CERTIFICATE | /a | holds a key of 2040 bits, at least 2048 are needed';
    expect(said(() => checkRsaKey(SIGNER.certificate, '/a'))).toBe('passes');
    expect(said(() => checkRsaKey(short, '/a'))).toBe(refused);
    expect(said(() => checkRsaKey(short, '/a', undefined))).toBe(refused);
    expect(said(() => checkRsaKey(short, '/a', 2040))).toBe('passes');
    expect(said(() => checkRsaKey(short, '/a', 2041))).toBe(
      'CERTIFICATE | /a | holds a key of 2040 bits, at least 2041 are needed',
    );
    const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const curve = certificate({ key: pair.privateKey, publicKey: pair.publicKey });
    expect(said(() => checkRsaKey(curve, '/a'))).toBe('CERTIFICATE | /a | holds no RSA key');
  });

  const from = '2026-11-20T02:00:00Z';
  const to = '2026-11-21T03:04:05Z';
  it.each([
    ['2026-11-20T01:59:59.999Z', 'VALIDITY | /a | was not valid at 2026-11-20T01:59:59.999Z'],
    ['2026-11-20T02:00:00.000Z', 'passes'],
    ['2026-11-21T03:04:05.000Z', 'passes'],
    ['2026-11-21T03:04:05.001Z', 'VALIDITY | /a | was not valid at 2026-11-21T03:04:05.001Z'],
  ])('valid from 20 to 21 November at %s: %s', (at, expected) => {
    const days = certificate({ key, publicKey, from, to });
    expect(said(() => checkValidity(days, new Date(at), '/a'))).toBe(expected);
  });

  const subjects: readonly (readonly [SubjectAttribute, string, string, boolean])[] = [
    ['UID', 'MST:0104359717', '0104359717', true],
    ['UID', '0104359717', '0104359717', true],
    ['serialNumber', '0104359717', '0104359717', true],
    ['organizationIdentifier', '0104359717', '0104359717', true],
    ['UID', 'MST:0104359717-001', '0104359717-001', true],
    ['UID', 'MST:0104359717001', '0104359717-001', true],
    ['UID', 'MST:0104359717-001', '0104359717001', true],
    ['UID', 'MST:0104359717', '0104359717-001', false],
    ['UID', 'MST:0104359717-001', '0104359717', false],
    ['UID', 'MST:1104359717', '0104359717', false],
    ['UID', 'CCCD:0104359717', '0104359717', false],
    ['UID', 'MST:MST:0104359717', '0104359717', false],
    ['UID', '0104359717MST:', '0104359717', false],
    ['CN', 'MST:0104359717', '0104359717', false],
    ['CN', 'UID=MST:0104359717', '0104359717', false],
    ['CN', 'x\nUID=MST:0104359717', '0104359717', false],
  ];
  it.each(subjects)('%s=%s carries %s: %s', (attribute, value, taxCode, expected) => {
    const subject = [
      ['CN', 'Quán cà phê'],
      [attribute, value],
    ] as const;
    expect(subjectCarries(certificate({ key, publicKey, subject }), taxCode)).toBe(expected);
  });

  it('without a subject carry no tax code', () => {
    expect(subjectCarries(certificate({ key, publicKey, subject: [] }), '0104359717')).toBe(false);
  });
});
