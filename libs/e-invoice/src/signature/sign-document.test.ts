import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { buildHDon, parseHDon } from '../xml/hdon';
import { hdon } from '../xml/hdon.fixture';
import { certificate } from './certificates.fixture';
import { signDocument } from './sign-document';
import { BUYER_SIGNATURE, NOTICE_SIGNATURE } from './signature-place';
import { DATA, fault, OTHER, PLAIN, POLICY, SELLER, SIGNED, TIME } from './signed.fixture';
import { verifyDocument, verifyInvoice } from './verify-document';

describe('signing', () => {
  it('puts the signature into its place and leaves every other byte', () => {
    const start = SIGNED.indexOf('<DSCKS>');
    expect(SIGNED.slice(0, start)).toBe(PLAIN.slice(0, -'</HDon>'.length));
    expect(SIGNED).toMatch(/<DSCKS><NBan><Signature [^>]*>.*<\/Signature><\/NBan><\/DSCKS><\/HDon>$/);
    expect(SIGNED).toContain('<SigningTime>2026-11-20T09:00:00</SigningTime>');
    expect(SIGNED).toContain('<Reference URI="#data-1">');
    expect(parseHDon(SIGNED).DLHDon).toEqual(hdon().DLHDon);
  });

  it('survives reading and building', () => {
    expect(buildHDon(parseHDon(SIGNED))).toBe(SIGNED);
  });

  it('gives the signed content, read again', () => {
    const verified = verifyInvoice(SIGNED, { ...POLICY, taxCode: '0104359717' });
    expect(verified.data).toEqual(hdon().DLHDon);
    expect(verified.signedXml).toBe(DATA);
    expect(verified.signingTime).toEqual(TIME);
    expect(verified.signingTimeCovered).toBe(true);
    expect(verified.certificate.fingerprint256).toBe(SELLER.certificate.fingerprint256);
  });

  it('is confirmed by OpenSSL without the library', () => {
    // What we build is canonical, so digest and value can be checked on the bare text.
    const [, digest = ''] = /<Reference URI="#data-1">.*?<DigestValue>([^<]+)</.exec(SIGNED) ?? [];
    expect(createHash('sha256').update(DATA).digest('base64')).toBe(digest);
    const [info = ''] = /<SignedInfo>.*<\/SignedInfo>/.exec(SIGNED) ?? [];
    const canonical = info
      .replace('<SignedInfo>', '<SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#">')
      .replaceAll(/<(\w+) (Algorithm="[^"]*")\/>/g, '<$1 $2></$1>');
    const [, value = ''] = /<SignatureValue>([^<]+)</.exec(SIGNED) ?? [];
    const signature = Buffer.from(value, 'base64');
    expect(verify('RSA-SHA256', Buffer.from(canonical), SELLER.certificate.publicKey, signature)).toBe(true);
    expect(verify('RSA-SHA256', Buffer.from(`${canonical} `), SELLER.certificate.publicKey, signature)).toBe(false);
  });

  it('lets the buyer sign beside the seller, in either order', () => {
    const buyer = { signingTime: TIME, place: BUYER_SIGNATURE };
    const sellerFirst = signDocument(SIGNED, OTHER, buyer);
    const buyerFirst = signDocument(signDocument(PLAIN, OTHER, buyer), SELLER, { signingTime: TIME });
    for (const both of [sellerFirst, buyerFirst]) {
      expect(fault(both)).toBe('accepted');
      expect(fault(both, { trust: OTHER.certificate, place: BUYER_SIGNATURE })).toBe('accepted');
      expect(fault(both, { place: BUYER_SIGNATURE })).toBe('UNTRUSTED');
    }
  });

  it('signs notices in their own place', () => {
    const notice = '<TBao><DLTBao Id="n"><MSo>04/SS-HĐĐT</MSo></DLTBao></TBao>';
    const signed = signDocument(notice, SELLER, { signingTime: TIME, place: NOTICE_SIGNATURE });
    expect(signed).toMatch(/^<TBao><DLTBao.*<\/DLTBao><DSCKS><NNT><Signature/);
    expect(verifyDocument(signed, { ...POLICY, place: NOTICE_SIGNATURE }).signedXml).toContain('<MSo>04/SS-HĐĐT</MSo>');
  });

  const refusals: [string, string, () => string][] = [
    ['a second signature', 'ALREADY_SIGNED', () => SIGNED],
    ['no data', 'STRUCTURE', () => '<HDon></HDon>'],
    ['data without Id', 'STRUCTURE', () => PLAIN.replace(' Id="data-1"', '')],
    ['an Id with a quote', 'STRUCTURE', () => PLAIN.replace('data-1', "d'")],
    ['another root', 'MALFORMED', () => '<TBao></TBao>'],
    ['no XML', 'MALFORMED', () => 'x'],
  ];
  it.each(refusals)('refuses %s as %s', (_, expected, source) => {
    expect(() => signDocument(source(), SELLER, { signingTime: TIME })).toThrow(
      expect.objectContaining({ name: 'SignatureError', fault: expected }),
    );
  });

  it.each([
    '<HDon><DLHDon Id="a"/><DSCKS/></HDon>',
    '<HDon><DLHDon Id="a"/><DSCKS><NBan/></DSCKS></HDon>',
    '<HDon><DLHDon Id="a"/><DSCKS><CQT></CQT></DSCKS></HDon>',
  ])('finds its place in %s', (source) => {
    const signed = signDocument(source, SELLER, { signingTime: TIME });
    expect(signed).toMatch(/<DSCKS><NBan><Signature .*<\/Signature><\/NBan>(<CQT><\/CQT>)?<\/DSCKS><\/HDon>$/);
    expect(verifyDocument(signed, POLICY).signedXml).toBe('<DLHDon Id="a"></DLHDon>');
  });

  it('refuses a key of another certificate, a public key and a certificate out of its days', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const old = certificate({ key: SELLER.key, publicKey: SELLER.certificate.publicKey, to: '2026-01-01T00:00:00Z' });
    const cases: [string, Parameters<typeof signDocument>[1]][] = [
      ['KEY', { key: OTHER.key, certificate: SELLER.certificate }],
      ['KEY', { key: SELLER.certificate.publicKey, certificate: SELLER.certificate }],
      ['CERTIFICATE', { key: privateKey, certificate: certificate({ key: privateKey, publicKey }) }],
      ['VALIDITY', { key: SELLER.key, certificate: old }],
    ];
    for (const [expected, bad] of cases) {
      expect(() => signDocument(PLAIN, bad, { signingTime: TIME })).toThrow(
        expect.objectContaining({ fault: expected }),
      );
    }
  });
});
