import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { buildHDon, parseHDon } from '../xml/hdon';
import { hdon } from '../xml/hdon.fixture';
import { certificate, signer } from './certificates.fixture';
import { signDocument } from './sign-document';
import type { SigningOptions } from './sign-document';
import { SignatureError } from './signature-error';
import { BUYER_SIGNATURE, NOTICE_SIGNATURE, SELLER_SIGNATURE } from './signature-place';
import { DATA, fault, OTHER, PLAIN, POLICY, SELLER, signed, TIME } from './signed.fixture';
import { verifyDocument, verifyInvoice } from './verify-document';

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const EXCLUSIVE = '<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');

/** The signature of 20 November, 9 o'clock, over canonical data, written out; only hash and RSA are OpenSSL's. */
function signatureOver(data: string, id: string, role: string, covered = true): string {
  const object =
    `Id="SigningTime-${role}-${id}"><SignatureProperties><SignatureProperty Target="#Signature-${role}-${id}">` +
    '<SigningTime>2026-11-20T09:00:00</SigningTime></SignatureProperty></SignatureProperties></Object>';
  const reference = (uri: string, transforms: string, canonical: string): string =>
    `<Reference URI="#${uri}"><Transforms>${transforms}</Transforms>` +
    '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>' +
    `<DigestValue>${sha256(canonical)}</DigestValue></Reference>`;
  const info =
    '<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>' +
    '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>' +
    reference(id, `<Transform Algorithm="${DSIG}enveloped-signature"/>${EXCLUSIVE}`, data) +
    (covered ? reference(`SigningTime-${role}-${id}`, EXCLUSIVE, `<Object xmlns="${DSIG}" ${object}`) : '');
  const canonical = `<SignedInfo xmlns="${DSIG}">${info.replaceAll(/<(\w+) ([^>]*)\/>/g, '<$1 $2></$1>')}</SignedInfo>`;
  return (
    `<Signature Id="Signature-${role}-${id}" xmlns="${DSIG}"><SignedInfo>${info}</SignedInfo>` +
    `<SignatureValue>${sign('sha256', Buffer.from(canonical), SELLER.key).toString('base64')}</SignatureValue>` +
    `<KeyInfo><X509Data><X509Certificate>${SELLER.certificate.raw.toString('base64')}</X509Certificate></X509Data>` +
    `</KeyInfo><Object ${object}</Signature>`
  );
}

/** What signing says: the whole message, or `signed`. */
function said(source: string, signer = SELLER, options: Partial<SigningOptions> = {}): string {
  try {
    signDocument(source, signer, { signingTime: TIME, ...options });
  } catch (error) {
    expect(error).toBeInstanceOf(SignatureError);
    return (error as SignatureError).message;
  }
  return 'signed';
}

describe('signing', () => {
  it('puts the signature into its place and leaves every other byte', () => {
    const signature = signatureOver(DATA, 'data-1', 'NBan');
    expect(signed()).toBe(`<HDon>${DATA}<DSCKS><NBan>${signature}</NBan></DSCKS></HDon>`);
    expect(signDocument(PLAIN, SELLER, { signingTime: TIME, coverSigningTime: true })).toBe(signed());
    expect(parseHDon(signed()).DLHDon).toEqual(hdon().DLHDon);
  });

  it('leaves the signing time uncovered where it is told to', () => {
    const document = signDocument(PLAIN, SELLER, { signingTime: TIME, coverSigningTime: false });
    const signature = signatureOver(DATA, 'data-1', 'NBan', false);
    expect(document).toBe(`<HDon>${DATA}<DSCKS><NBan>${signature}</NBan></DSCKS></HDon>`);
  });

  it('survives reading and building', () => {
    const document = signed();
    expect(buildHDon(parseHDon(document))).toBe(document);
  });

  it('gives the signed content, read again', () => {
    const verified = verifyInvoice(signed(), { ...POLICY, taxCode: '0104359717' });
    expect(verified.data).toEqual(hdon().DLHDon);
    expect(verified.signedXml).toBe(DATA);
    expect(verified.signingTime).toEqual(TIME);
    expect(verified.signingTimeCovered).toBe(true);
    expect(verified.certificate.fingerprint256).toBe(SELLER.certificate.fingerprint256);
  });

  it('lets the buyer sign beside the seller, in either order', () => {
    const buyer = { signingTime: TIME, place: BUYER_SIGNATURE };
    const sellerFirst = signDocument(signed(), OTHER, buyer);
    const buyerFirst = signDocument(signDocument(PLAIN, OTHER, buyer), SELLER, { signingTime: TIME });
    for (const both of [sellerFirst, buyerFirst]) {
      expect(fault(both)).toBe('accepted');
      expect(fault(both, { trust: OTHER.certificate, place: BUYER_SIGNATURE })).toBe('accepted');
      expect(fault(both, { place: BUYER_SIGNATURE })).toBe('UNTRUSTED');
    }
  });

  it('signs notices in their own place', () => {
    const data = '<DLTBao Id="n"><MSo>04/SS-HĐĐT</MSo></DLTBao>';
    const place = NOTICE_SIGNATURE;
    const document = signDocument(`<TBao>${data}</TBao>`, SELLER, { signingTime: TIME, place });
    expect(document).toBe(`<TBao>${data}<DSCKS><NNT>${signatureOver(data, 'n', 'NNT')}</NNT></DSCKS></TBao>`);
    expect(verifyDocument(document, { ...POLICY, place }).signedXml).toBe(data);
    expect(said(document, SELLER, { place })).toBe('ALREADY_SIGNED /TBao/DSCKS/NNT holds a signature already');
    expect(said(data, SELLER, { place })).toBe('MALFORMED /DLTBao is not the root TBao');
  });

  it('names the places of invoices and notices', () => {
    expect(SELLER_SIGNATURE).toEqual({ root: 'HDon', data: 'DLHDon', holder: ['DSCKS', 'NBan'] });
    expect(BUYER_SIGNATURE).toEqual({ root: 'HDon', data: 'DLHDon', holder: ['DSCKS', 'NMua'] });
    expect(NOTICE_SIGNATURE).toEqual({ root: 'TBao', data: 'DLTBao', holder: ['DSCKS', 'NNT'] });
  });

  const data = '<DLHDon Id="a"></DLHDon>';
  it.each([
    [`<HDon>${data}</HDon>`, `<HDon>${data}<DSCKS><NBan>!</NBan></DSCKS></HDon>`],
    [`<HDon>${data}<MCCQT>1</MCCQT>\n</HDon >`, `<HDon>${data}<MCCQT>1</MCCQT>\n<DSCKS><NBan>!</NBan></DSCKS></HDon >`],
    ['<HDon><DLHDon Id="a"/></HDon>', '<HDon><DLHDon Id="a"/><DSCKS><NBan>!</NBan></DSCKS></HDon>'],
    [`<HDon>${data}<DSCKS/></HDon>`, `<HDon>${data}<DSCKS><NBan>!</NBan></DSCKS></HDon>`],
    [`<HDon>${data}<DSCKS a="b" /></HDon>`, `<HDon>${data}<DSCKS a="b" ><NBan>!</NBan></DSCKS></HDon>`],
    [`<HDon>${data}<DSCKS></DSCKS></HDon>`, `<HDon>${data}<DSCKS><NBan>!</NBan></DSCKS></HDon>`],
    [`<HDon>${data}<DSCKS><NBan/></DSCKS></HDon>`, `<HDon>${data}<DSCKS><NBan>!</NBan></DSCKS></HDon>`],
    [`<HDon>${data}<DSCKS><NBan> </NBan></DSCKS></HDon>`, `<HDon>${data}<DSCKS><NBan> !</NBan></DSCKS></HDon>`],
    [
      `<HDon><DSCKS> <CQT/><A></A></DSCKS>${data}</HDon>`,
      `<HDon><DSCKS> <NBan>!</NBan><CQT/><A></A></DSCKS>${data}</HDon>`,
    ],
    [
      `<HDon>${data}<DSCKS><CQT></CQT><NBan></NBan></DSCKS></HDon>`,
      `<HDon>${data}<DSCKS><CQT></CQT><NBan>!</NBan></DSCKS></HDon>`,
    ],
    [
      `\uFEFF<?xml version="1.0"?>\n<HDon>${data}</HDon>\n`,
      `\uFEFF<?xml version="1.0"?>\n<HDon>${data}<DSCKS><NBan>!</NBan></DSCKS></HDon>\n`,
    ],
  ])('finds its place in %s', (source, expected) => {
    const document = signDocument(source, SELLER, { signingTime: TIME });
    expect(document).toBe(expected.replace('!', () => signatureOver(data, 'a', 'NBan')));
    expect(verifyDocument(document, POLICY).signedXml).toBe(data);
  });

  const missing = 'STRUCTURE /HDon/DLHDon is missing';
  const twice = 'STRUCTURE /HDon/DLHDon is there more than once';
  const badId = 'STRUCTURE /HDon/DLHDon/@Id must be letters, digits, "_", "." and "-"';
  const doubled = 'DUPLICATE_ID /HDon/DLHDon a is the id of two elements';
  const ofId = (id: string): string => `<HDon><DLHDon Id="${id}"></DLHDon></HDon>`;
  const other = (attribute: string): string => `<HDon>${data}<X ${attribute}/></HDon>`;
  it.each([
    ['no data', '<HDon></HDon>', missing],
    ['other data', '<HDon><Other Id="a"/></HDon>', missing],
    ['data further below', `<HDon><W>${data}</W></HDon>`, missing],
    ['data twice', `<HDon>${data}<DLHDon/></HDon>`, twice],
    ['data further below too', `<HDon><W><V><DLHDon/></V></W>${data}</HDon>`, twice],
    ['data of two namespaces', `<HDon>${data}<DLHDon xmlns="b"/></HDon>`, twice],
    ['data without Id', '<HDon><DLHDon></DLHDon></HDon>', badId],
    ['an Id of another name', '<HDon><DLHDon id="a"></DLHDon></HDon>', badId],
    ['an empty Id', ofId(''), badId],
    ['an Id with a quote', ofId("d'"), badId],
    ['an Id that begins with a quote', ofId("'d"), badId],
    ['an Id that begins with a dash', ofId('-d'), badId],
    ['an Id with a blank', ofId('a b'), badId],
    ['an Id with a letter of Vietnamese', ofId('đ'), badId],
    ['an Id of 101 characters', ofId('a'.repeat(101)), badId],
    ['an Id of 100 characters', ofId('a'.repeat(100)), 'signed'],
    ['an Id of one', ofId('0'), 'signed'],
    ['an Id of every kind', ofId('_aZ.0-9'), 'signed'],
    ['its Id twice', other('Id="a"'), doubled],
    ['its Id as ID', other('ID="a"'), doubled],
    ['its Id as id', other('id="a"'), doubled],
    ['its Id as xml:id', other('xml:id="a"'), doubled],
    ['another id twice', `<HDon>${data}<X Id="b"/><Y><Z id="b"/></Y></HDon>`, doubled.replace(' a ', ' b ')],
    ['ids of different values', other('Id="b"'), 'signed'],
    ['its Id in a name that ends with id', other('Paid="a"'), 'signed'],
    ['its Id in a name that begins with id', other('Idea="a"'), 'signed'],
    ['its Id as a value of another name', other('Name="a"'), 'signed'],
    [
      'a second signature',
      '<HDon><DLHDon Id="a"/><DSCKS><NBan><a/></NBan></DSCKS></HDon>',
      'ALREADY_SIGNED /HDon/DSCKS/NBan holds a signature already',
    ],
    ['another root', '<TBao></TBao>', 'MALFORMED /TBao is not the root HDon'],
    ['the root in a namespace', `<HDon xmlns="b">${data}</HDon>`, 'MALFORMED /HDon is not the root HDon'],
    ['the root with a prefix', `<b:HDon xmlns:b="b">${data}</b:HDon>`, 'MALFORMED /b:HDon is not the root HDon'],
    ['no XML', 'x', 'MALFORMED / holds something that is not well-formed where the root element should begin'],
    ['a tag left open', '<HDon><DLHDon>', 'MALFORMED /HDon/DLHDon is not closed'],
  ])('%s', (_, source, expected) => {
    expect(said(source)).toBe(expected);
  });

  it('refuses a key of another certificate, a public key and a certificate out of its days', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const common = { key: SELLER.key, publicKey: SELLER.certificate.publicKey };
    const wrongKey = 'KEY /HDon/DSCKS/NBan/Signature the private key is not that of the certificate';
    expect(said(PLAIN, { key: OTHER.key, certificate: SELLER.certificate })).toBe(wrongKey);
    expect(said(PLAIN, { key: SELLER.certificate.publicKey, certificate: SELLER.certificate })).toBe(wrongKey);
    expect(said(PLAIN, { key: privateKey, certificate: certificate({ key: privateKey, publicKey }) })).toBe(
      'CERTIFICATE /HDon/DSCKS/NBan/Signature holds no RSA key',
    );
    expect(said(PLAIN, signer({}, 1024))).toBe(
      'CERTIFICATE /HDon/DSCKS/NBan/Signature holds a key of 1024 bits, at least 2048 are needed',
    );
    const days = { from: '2026-11-20T02:00:00Z', to: '2026-11-20T02:00:00Z' };
    const brief = { key: SELLER.key, certificate: certificate({ ...common, ...days }) };
    expect(said(PLAIN, brief)).toBe('signed');
    expect(said(PLAIN, brief, { signingTime: new Date('2026-11-20T02:00:01Z'), place: BUYER_SIGNATURE })).toBe(
      'VALIDITY /HDon/DSCKS/NMua/Signature was not valid at 2026-11-20T02:00:01.000Z',
    );
  });

  it('gives the parts of its error', () => {
    const error = new SignatureError('KEY', '/a', 'is b');
    expect({ ...error, message: error.message }).toEqual({
      name: 'SignatureError',
      fault: 'KEY',
      path: '/a',
      reason: 'is b',
      message: 'KEY /a is b',
    });
  });
});
