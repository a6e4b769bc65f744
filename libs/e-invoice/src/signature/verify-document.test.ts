import fc from 'fast-check';
import { generateKeyPairSync } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import { describe, expect, it } from 'vitest';
import { certificate, SELLER_SUBJECT, signer } from './certificates.fixture';
import { signDocument } from './sign-document';
import { BUYER_SIGNATURE, NOTICE_SIGNATURE } from './signature-place';
import { DATA, fault, OTHER, PLAIN, POLICY, refusal, SELLER, signed, TIME } from './signed.fixture';
import { verifyDocument, verifyInvoice } from './verify-document';

const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const INCLUSIVE_C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const RSA_SHA1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';
const SHA1 = 'http://www.w3.org/2000/09/xmldsig#sha1';
const AT = '/HDon/DSCKS/NBan/Signature';
const KEY_INFO = /<KeyInfo>.*<\/KeyInfo>/;

function swap(from: string | RegExp, to: string): string {
  const source = signed();
  const result = source.replace(from, () => to);
  expect(result).not.toBe(source);
  return result;
}

/** Signs with the library directly, to make what our own signing never does. */
function foreign(
  source: string,
  changes: { signature?: string; digest?: string; transforms?: string[]; canonical?: string; extra?: string } = {},
): string {
  const signing = new SignedXml({
    privateKey: SELLER.key,
    signatureAlgorithm: changes.signature ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: changes.canonical ?? EXCLUSIVE_C14N,
    getKeyInfoContent: () => null,
  });
  const digestAlgorithm = (changes.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256') as never;
  const transforms = (changes.transforms ?? [ENVELOPED, EXCLUSIVE_C14N]) as never;
  signing.addReference({ xpath: '/HDon/DLHDon', transforms, digestAlgorithm });
  if (changes.extra !== undefined) signing.addReference({ xpath: changes.extra, transforms, digestAlgorithm });
  signing.computeSignature(source);
  return source.replace('</HDon>', () => `<DSCKS><NBan>${signing.getSignatureXml()}</NBan></DSCKS></HDon>`);
}

describe('trust', () => {
  const untrusted = `UNTRUSTED ${AT}/KeyInfo holds another certificate than the expected one`;
  const notItsKey = `SIGNATURE ${AT} was not made with the key of the certificate`;

  it('pins the certificate, whatever KeyInfo says', () => {
    const forged = signDocument(PLAIN, OTHER, { signingTime: TIME });
    expect(refusal(forged)).toBe(untrusted);
    const [others, sellers] = [OTHER, SELLER].map((signer) => signer.certificate.raw.toString('base64'));
    expect(refusal(forged.replace(others ?? '', sellers ?? ''))).toBe(notItsKey);
    expect(refusal(forged.replace(KEY_INFO, ''))).toBe(notItsKey);
  });

  it('asks about the certificate of KeyInfo where none is pinned', () => {
    expect(refusal(signed(), { trust: ({ raw }) => raw.equals(SELLER.certificate.raw) })).toBe('accepted');
    expect(refusal(signed(), { trust: () => false })).toBe(
      `UNTRUSTED ${AT}/KeyInfo holds a certificate that is not trusted`,
    );
    for (const without of ['', '<KeyInfo><X509Data></X509Data></KeyInfo>']) {
      expect(refusal(swap(KEY_INFO, without), { trust: () => true })).toBe(
        `CERTIFICATE ${AT}/KeyInfo holds no certificate`,
      );
    }
    expect(refusal(swap(/<X509Certificate>[^<]*/, '<X509Certificate>AAAA'), { trust: () => true })).toBe(
      `CERTIFICATE ${AT}/KeyInfo/X509Data/X509Certificate is no X.509 certificate`,
    );
  });

  it('passes without KeyInfo where the certificate is pinned', () => {
    expect(refusal(swap(KEY_INFO, ''))).toBe('accepted');
    expect(verifyDocument(swap(KEY_INFO, ''), POLICY).certificate).toBe(SELLER.certificate);
  });

  it('wants the tax code in the subject', () => {
    expect(refusal(signed(), { taxCode: '0104359717' })).toBe('accepted');
    expect(refusal(signed(), { taxCode: '0100109106' })).toBe(
      `TAX_CODE ${AT}/KeyInfo the certificate is not that of 0100109106`,
    );
  });

  it('wants the certificate valid at the covered signing time, or at an instant of the caller', () => {
    const days = { from: '2026-11-20T02:00:00Z', to: '2026-11-20T02:00:00Z', subject: SELLER_SUBJECT };
    const own = {
      key: SELLER.key,
      certificate: certificate({ ...days, key: SELLER.key, publicKey: SELLER.certificate.publicKey }),
    };
    const document = signDocument(PLAIN, own, { signingTime: TIME });
    const trust = own.certificate;
    const invalid = (at: string): string => `VALIDITY ${AT} was not valid at ${at}`;
    expect(refusal(document, { trust })).toBe('accepted');
    for (const at of ['2026-11-20T02:00:01.000Z', '2026-11-20T01:59:59.000Z']) {
      expect(refusal(document, { trust, validAt: new Date(at) })).toBe(invalid(at));
    }
    const uncovered = signDocument(PLAIN, own, { signingTime: TIME, coverSigningTime: false });
    const { signingTime, signingTimeCovered } = verifyDocument(uncovered, { trust, validAt: TIME });
    expect({ signingTime, signingTimeCovered }).toEqual({ signingTime: TIME, signingTimeCovered: false });
    const time = `${AT}/Object/SignatureProperties/SignatureProperty/SigningTime`;
    expect(refusal(uncovered, { trust })).toBe(`SIGNING_TIME ${time} is not covered by the signature; give validAt`);
    const written = (text: string): string => uncovered.replace('2026-11-20T09:00:00', text);
    expect(refusal(written('today'), { trust, validAt: TIME })).toBe(`SIGNING_TIME ${time} is no instant`);
    const spaced = verifyDocument(written('\n 2026-11-20T08:00:00Z '), { trust, validAt: TIME });
    expect(spaced.signingTime).toEqual(new Date('2026-11-20T08:00:00Z'));
    const bare = uncovered.replace(/<Object [^>]*>.*<\/Object>/, '');
    expect(verifyDocument(bare, { trust, validAt: TIME }).signingTime).toBeUndefined();
    expect(refusal(bare, { trust })).toBe(`SIGNING_TIME ${time} is not covered by the signature; give validAt`);
  });

  it('wants 2048 bits, 1024 for old documents', () => {
    const bare = swap(KEY_INFO, '');
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    expect(refusal(bare, { trust: certificate({ key: privateKey, publicKey }) })).toBe(
      `CERTIFICATE ${AT}/KeyInfo holds no RSA key`,
    );
    const bits = (size: number, allowSha1?: boolean): string =>
      refusal(bare, { trust: signer({}, size).certificate, allowSha1 });
    const short = `CERTIFICATE ${AT}/KeyInfo holds a key of`;
    expect(bits(1024)).toBe(`${short} 1024 bits, at least 2048 are needed`);
    expect(bits(1024, true)).toBe(notItsKey);
    expect(bits(1016, true)).toBe(`${short} 1016 bits, at least 1024 are needed`);
  });

  it('verifies in other places', () => {
    const place = BUYER_SIGNATURE;
    const buyers = signDocument(PLAIN, SELLER, { signingTime: TIME, place });
    expect(refusal(buyers, { place })).toBe('accepted');
    expect(refusal(buyers)).toBe(`NOT_SIGNED ${AT} is missing`);
    expect(refusal(signed(), { place })).toBe('NOT_SIGNED /HDon/DSCKS/NMua/Signature is missing');
    expect(refusal(signed(), { place: NOTICE_SIGNATURE })).toBe('MALFORMED /HDon is not the root TBao');
  });
});

describe('attacks', () => {
  const evil = DATA.replace('Tập đoàn Viettel', 'Kẻ gian');
  const cases: [string, string, () => string][] = [
    ['changed data', 'DIGEST', () => swap('<SHDon>61<', '<SHDon>62<')],
    ['a changed Id', 'REFERENCE', () => swap('Id="data-1"', 'Id="data-2"')],
    ['a changed reference', 'REFERENCE', () => swap('URI="#data-1"', 'URI="#data-2"')],
    ['a reference to the whole document', 'REFERENCE', () => swap('URI="#data-1"', 'URI=""')],
    ['an XPointer', 'REFERENCE', () => swap('URI="#data-1"', 'URI="#xpointer(/)"')],
    [
      'the signed data moved below others',
      'STRUCTURE',
      () => swap(DATA, `${evil.replace('data-1', 'x')}<W>${DATA}</W>`),
    ],
    [
      'the signed data moved into an object',
      'STRUCTURE',
      () => swap('<SignatureProperties>', `${DATA}<SignatureProperties>`),
    ],
    ['two data of one Id', 'STRUCTURE', () => swap(DATA, evil + DATA)],
    ['two data of two Ids', 'STRUCTURE', () => swap(DATA, DATA + evil.replace('data-1', 'x'))],
    ['the Id given to another element', 'DUPLICATE_ID', () => swap('<TTChung>', '<TTChung Id="data-1">')],
    ['the Id given as ID', 'DUPLICATE_ID', () => swap('<TTChung>', '<TTChung ID="data-1">')],
    ['the Id given as xml:id', 'DUPLICATE_ID', () => swap('<TTChung>', '<TTChung xml:id="data-1">')],
    [
      'data in a namespace',
      'STRUCTURE',
      () => swap('<DLHDon ', '<x:DLHDon xmlns:x="y" ').replace('</DLHDon>', '</x:DLHDon><DLHDon/>'),
    ],
    [
      'a third reference',
      'REFERENCE',
      () =>
        swap(
          '<Reference URI="#data-1">',
          `${/<Reference URI="#data-1">.*?<\/Reference>/.exec(signed())?.[0]}<Reference URI="#data-1">`,
        ),
    ],
    [
      'a second SignedInfo',
      'STRUCTURE',
      () => swap('<SignedInfo>', `${/<SignedInfo>.*<\/SignedInfo>/.exec(signed())?.[0]}<SignedInfo>`),
    ],
    ['a second SignatureValue', 'STRUCTURE', () => swap('<KeyInfo>', '<SignatureValue>AAAA</SignatureValue><KeyInfo>')],
    [
      'a second signature in the place',
      'STRUCTURE',
      () => swap(/(<Signature .*<\/Signature>)/, `<Signature/>${/<Signature .*<\/Signature>/.exec(signed())?.[0]}`),
    ],
    [
      'a signature outside its places',
      'STRUCTURE',
      () => swap('</HDon>', '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></HDon>'),
    ],
    ['a comment in DigestValue', 'MALFORMED', () => swap('<DigestValue>', '<DigestValue>AAAA<!-- -->')],
    ['a comment in SignedInfo', 'MALFORMED', () => swap('<SignedInfo>', '<SignedInfo><!-- -->')],
    ['a comment in the data', 'MALFORMED', () => swap('<MST>', '<MST><!-- -->')],
    ['a document type', 'MALFORMED', () => `<!DOCTYPE HDon>${signed()}`],
    ['a processing instruction', 'MALFORMED', () => swap('<MST>', '<MST><?x ?>')],
    [
      'HMAC with the public certificate',
      'ALGORITHM',
      () => swap('xmldsig-more#rsa-sha256', 'xmldsig-more#hmac-sha256'),
    ],
    [
      'HMAC-SHA1',
      'ALGORITHM',
      () => swap('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2000/09/xmldsig#hmac-sha1'),
    ],
    ['RSA-SHA1', 'ALGORITHM', () => swap('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', RSA_SHA1)],
    ['a SHA-1 digest', 'ALGORITHM', () => swap('http://www.w3.org/2001/04/xmlenc#sha256', SHA1)],
    [
      'inclusive canonical XML',
      'ALGORITHM',
      () => swap(/<CanonicalizationMethod [^>]*>/, `<CanonicalizationMethod Algorithm="${INCLUSIVE_C14N}"/>`),
    ],
    ['an XSLT transform', 'TRANSFORM', () => swap(ENVELOPED, 'http://www.w3.org/TR/1999/REC-xslt-19991116')],
    [
      'an XPath transform',
      'TRANSFORM',
      () =>
        swap(
          `<Transform Algorithm="${ENVELOPED}"/>`,
          '<Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath>1</XPath></Transform>',
        ),
    ],
    ['a third transform', 'TRANSFORM', () => swap('<Transforms>', `<Transforms><Transform Algorithm="${ENVELOPED}"/>`)],
    [
      'transforms in another order',
      'TRANSFORM',
      () =>
        swap(
          /<Transforms>.*?<\/Transforms>/,
          `<Transforms><Transform Algorithm="${EXCLUSIVE_C14N}"/><Transform Algorithm="${ENVELOPED}"/></Transforms>`,
        ),
    ],
    [
      'a list of prefixes',
      'TRANSFORM',
      () =>
        swap(
          `<Transform Algorithm="${EXCLUSIVE_C14N}"/>`,
          `<Transform Algorithm="${EXCLUSIVE_C14N}"><InclusiveNamespaces PrefixList="a"/></Transform>`,
        ),
    ],
    ['a changed signing time', 'DIGEST', () => swap('2026-11-20T09:00:00', '2026-11-20T09:00:01')],
    ['no signing time', 'REFERENCE', () => swap(/<Object [^>]*>.*<\/Object>/, '')],
    [
      'spaces in Base64',
      'accepted',
      () => swap(/<SignatureValue>(..)/, `<SignatureValue>\n${/<SignatureValue>(..)/.exec(signed())?.[1]}`),
    ],
    ['a zero signature', 'SIGNATURE', () => swap(/<SignatureValue>[^<]*/, '<SignatureValue>AA==')],
  ];
  it.each(cases)('%s: %s', (_, expected, source) => {
    expect(fault(source())).toBe(expected);
  });

  it('refuses another spelling of the same signature bytes', () => {
    const [, value = ''] = /<SignatureValue>([^<]+)</.exec(signed()) ?? [];
    // 256 bytes leave four unused bits in the last sextet before "==".
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const last = alphabet.indexOf(value.charAt(341));
    const other = `${value.slice(0, 341)}${alphabet.charAt(last ^ 1)}==`;
    expect(Buffer.from(other, 'base64')).toEqual(Buffer.from(value, 'base64'));
    expect(fault(swap(value, other))).toBe('STRUCTURE');
  });

  it('refuses a reference to the buyer that was signed by the seller indeed', () => {
    const source = PLAIN.replace('<NMua>', '<NMua Id="buyer">');
    expect(refusal(foreign(source, { extra: '/HDon/DLHDon/NDHDon/NMua' }), { validAt: TIME })).toBe(
      `REFERENCE ${AT}/SignedInfo refers to something beside the data and the signing time`,
    );
  });

  it('refuses valid signatures whose content is no invoice data', () => {
    expect(refusal(foreign(PLAIN.replace('<SHDon>61</SHDon>', '')), { validAt: TIME })).toBe(
      'MALFORMED /DLHDon/TTChung/SHDon is required',
    );
    const prefixed = PLAIN.replace('<DLHDon ', '<x:DLHDon xmlns:x="y" ').replace('</DLHDon>', '</x:DLHDon>');
    expect(refusal(signDocument(prefixed, SELLER, { signingTime: TIME }))).toBe(
      'MALFORMED /x:DLHDon is not the root DLHDon',
    );
  });

  it('takes what old documents have only when asked', () => {
    const sha1 = foreign(PLAIN, { signature: RSA_SHA1, digest: SHA1 });
    expect(fault(sha1, { validAt: TIME })).toBe('ALGORITHM');
    expect(fault(sha1, { validAt: TIME, allowSha1: true })).toBe('accepted');
    const inclusive = foreign(PLAIN, { canonical: INCLUSIVE_C14N, transforms: [ENVELOPED, INCLUSIVE_C14N] });
    expect(fault(inclusive, { validAt: TIME })).toBe('ALGORITHM');
    expect(fault(inclusive, { validAt: TIME, allowInclusiveC14n: true })).toBe('accepted');
    for (const [signature, digest] of [
      [RSA_SHA1, undefined],
      [undefined, SHA1],
    ]) {
      const mixed = foreign(PLAIN, { ...(signature && { signature }), ...(digest && { digest }) });
      expect(fault(mixed, { validAt: TIME })).toBe('ALGORITHM');
      expect(fault(mixed, { validAt: TIME, allowSha1: true })).toBe('accepted');
      expect(fault(mixed, { validAt: TIME, allowInclusiveC14n: true })).toBe('ALGORITHM');
    }
    expect(fault(signed(), { allowSha1: true, allowInclusiveC14n: true })).toBe('accepted');
    const inner = foreign(PLAIN, { transforms: [INCLUSIVE_C14N] });
    expect(fault(inner, { validAt: TIME })).toBe('TRANSFORM');
    expect(fault(inner, { validAt: TIME, allowInclusiveC14n: true })).toBe('accepted');
  });

  it('refuses every flipped bit of the signed part and of SignedInfo', () => {
    const bytes = Buffer.from(signed());
    const spans = [/<DLHDon.*<\/DLHDon>/, /<SignedInfo>.*<\/SignatureValue>/].map((pattern) => {
      const match = pattern.exec(bytes.toString('latin1'));
      return { from: match?.index ?? 0, to: (match?.index ?? 0) + (match?.[0].length ?? 0) - 1 };
    });
    const flip = fc
      .constantFrom(...spans)
      .chain(({ from, to }) => fc.tuple(fc.integer({ min: from, max: to }), fc.nat(7)));
    fc.assert(
      fc.property(flip, ([at, bit]) => {
        const broken = Buffer.from(bytes);
        broken.writeUInt8(broken.readUInt8(at) ^ (1 << bit), at);
        const text = broken.toString('utf8');
        // A quote turned into the other kind, or a space of a tag into another blank, is the same document.
        const outcome = fault(text);
        if (outcome === 'accepted')
          return (
            verifyInvoice(text, POLICY).signedXml === DATA && /["' \t\n]/.test(String.fromCharCode(bytes.readUInt8(at)))
          );
        return true;
      }),
      { numRuns: 60 },
    );
  });

  it('throws nothing but its own error, whatever it is given', () => {
    const source = signed();
    const cut = fc.tuple(fc.nat(source.length), fc.nat(200), fc.string());
    fc.assert(
      fc.property(cut, ([at, length, put]) => {
        fault(source.slice(0, at) + put + source.slice(at + length));
      }),
      { numRuns: 60 },
    );
    fc.assert(fc.property(fc.string(), (text) => fault(text) === 'MALFORMED'));
  });
});
