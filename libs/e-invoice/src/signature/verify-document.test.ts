import fc from 'fast-check';
import { generateKeyPairSync } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import { describe, expect, it } from 'vitest';
import { ENVELOPED, EXCLUSIVE_C14N, INCLUSIVE_C14N, RSA_SHA1, SHA1 } from './algorithms';
import { certificate, SELLER_SUBJECT, signer } from './certificates.fixture';
import { signDocument } from './sign-document';
import { DATA, fault, OTHER, PLAIN, POLICY, SELLER, SIGNED, TIME } from './signed.fixture';
import { verifyInvoice } from './verify-document';

function swap(from: string | RegExp, to: string): string {
  const result = SIGNED.replace(from, () => to);
  expect(result).not.toBe(SIGNED);
  return result;
}

/** Signs with the library directly, to make what our own signing never does. */
function foreign(
  source: string,
  changes: { signature?: string; digest?: string; transforms?: string[]; canonical?: string; extra?: string } = {},
): string {
  const signed = new SignedXml({
    privateKey: SELLER.key,
    signatureAlgorithm: changes.signature ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: changes.canonical ?? EXCLUSIVE_C14N,
    getKeyInfoContent: () => null,
  });
  const digestAlgorithm = (changes.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256') as never;
  const transforms = (changes.transforms ?? [ENVELOPED, EXCLUSIVE_C14N]) as never;
  signed.addReference({ xpath: '/HDon/DLHDon', transforms, digestAlgorithm });
  if (changes.extra !== undefined) signed.addReference({ xpath: changes.extra, transforms, digestAlgorithm });
  signed.computeSignature(source);
  return source.replace('</HDon>', () => `<DSCKS><NBan>${signed.getSignatureXml()}</NBan></DSCKS></HDon>`);
}

describe('trust', () => {
  it('pins the certificate, whatever KeyInfo says', () => {
    const forged = signDocument(PLAIN, OTHER, { signingTime: TIME });
    expect(fault(forged)).toBe('UNTRUSTED');
    expect(
      fault(forged.replace(OTHER.certificate.raw.toString('base64'), SELLER.certificate.raw.toString('base64'))),
    ).toBe('SIGNATURE');
    expect(fault(forged.replace(/<KeyInfo>.*<\/KeyInfo>/, ''))).toBe('SIGNATURE');
  });

  it('asks about the certificate of KeyInfo where none is pinned', () => {
    expect(fault(SIGNED, { trust: (claimed) => claimed.subject === SELLER.certificate.subject })).toBe('accepted');
    expect(fault(SIGNED, { trust: () => false })).toBe('UNTRUSTED');
    expect(fault(swap(/<KeyInfo>.*<\/KeyInfo>/, ''), { trust: () => true })).toBe('CERTIFICATE');
    expect(fault(swap(/<X509Certificate>[^<]*/, '<X509Certificate>AAAA'), { trust: () => true })).toBe('CERTIFICATE');
  });

  it('passes without KeyInfo where the certificate is pinned', () => {
    expect(fault(swap(/<KeyInfo>.*<\/KeyInfo>/, ''))).toBe('accepted');
  });

  it('wants the tax code in the subject', () => {
    expect(fault(SIGNED, { taxCode: '0100109106' })).toBe('TAX_CODE');
    const common = { key: SELLER.key, publicKey: SELLER.certificate.publicKey };
    const subjects: [string, string, (readonly ['CN' | 'UID' | 'serialNumber', string])[]][] = [
      ['accepted', '0104359717-001', [['UID', 'MST:0104359717-001']]],
      ['accepted', '0104359717', [['serialNumber', '0104359717']]],
      ['TAX_CODE', '0104359717', [['CN', 'MST:0104359717']]],
      ['TAX_CODE', '0104359717', [['UID', 'MST:01043597170']]],
      ['TAX_CODE', '0104359717', [['CN', 'x\nUID=MST:0104359717']]],
    ];
    for (const [expected, taxCode, subject] of subjects) {
      const own = { key: SELLER.key, certificate: certificate({ ...common, subject }) };
      const signed = signDocument(PLAIN, own, { signingTime: TIME });
      expect(fault(signed, { trust: own.certificate, taxCode })).toBe(expected);
    }
  });

  it('wants the certificate valid at the covered signing time, or at an instant of the caller', () => {
    const days = { from: '2026-11-20T02:00:00Z', to: '2026-11-20T02:00:00Z', subject: SELLER_SUBJECT };
    const own = {
      key: SELLER.key,
      certificate: certificate({ ...days, key: SELLER.key, publicKey: SELLER.certificate.publicKey }),
    };
    const signed = signDocument(PLAIN, own, { signingTime: TIME });
    const trust = own.certificate;
    expect(fault(signed, { trust })).toBe('accepted');
    expect(fault(signed, { trust, validAt: new Date('2026-11-20T02:00:01Z') })).toBe('VALIDITY');
    expect(fault(signed, { trust, validAt: new Date('2026-11-20T01:59:59Z') })).toBe('VALIDITY');
    const uncovered = signDocument(PLAIN, own, { signingTime: TIME, coverSigningTime: false });
    expect(fault(uncovered, { trust })).toBe('SIGNING_TIME');
    expect(fault(uncovered, { trust, validAt: TIME })).toBe('accepted');
    expect(verifyInvoice(uncovered, { trust, validAt: TIME }).signingTimeCovered).toBe(false);
  });

  it('wants 2048 bits, 1024 for old documents', () => {
    const small = signer({}, 1024);
    expect(() => signDocument(PLAIN, small, { signingTime: TIME })).toThrow(/at least 2048/);
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const bare = swap(/<KeyInfo>.*<\/KeyInfo>/, '');
    expect(fault(bare, { trust: certificate({ key: privateKey, publicKey }) })).toBe('CERTIFICATE');
    expect(fault(bare, { trust: small.certificate })).toBe('CERTIFICATE');
    expect(fault(bare, { trust: small.certificate, allowSha1: true })).toBe('SIGNATURE');
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
          `${/<Reference URI="#data-1">.*?<\/Reference>/.exec(SIGNED)?.[0]}<Reference URI="#data-1">`,
        ),
    ],
    [
      'a second SignedInfo',
      'STRUCTURE',
      () => swap('<SignedInfo>', `${/<SignedInfo>.*<\/SignedInfo>/.exec(SIGNED)?.[0]}<SignedInfo>`),
    ],
    ['a second SignatureValue', 'STRUCTURE', () => swap('<KeyInfo>', '<SignatureValue>AAAA</SignatureValue><KeyInfo>')],
    [
      'a second signature in the place',
      'STRUCTURE',
      () => swap(/(<Signature .*<\/Signature>)/, `<Signature/>${/<Signature .*<\/Signature>/.exec(SIGNED)?.[0]}`),
    ],
    [
      'a signature outside its places',
      'STRUCTURE',
      () => swap('</HDon>', '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></HDon>'),
    ],
    ['a second box of signatures', 'STRUCTURE', () => swap('</HDon>', '<DSCKS></DSCKS></HDon>')],
    ['no signature', 'NOT_SIGNED', () => PLAIN],
    ['an empty place', 'NOT_SIGNED', () => swap(/<Signature .*<\/Signature>/, '')],
    ['something else in the place', 'STRUCTURE', () => swap(/<Signature .*<\/Signature>/, '<Signature/>')],
    ['a comment in DigestValue', 'MALFORMED', () => swap('<DigestValue>', '<DigestValue>AAAA<!-- -->')],
    ['a comment in SignedInfo', 'MALFORMED', () => swap('<SignedInfo>', '<SignedInfo><!-- -->')],
    ['a comment in the data', 'MALFORMED', () => swap('<MST>', '<MST><!-- -->')],
    ['a document type', 'MALFORMED', () => `<!DOCTYPE HDon>${SIGNED}`],
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
    ['no algorithm', 'ALGORITHM', () => swap(/<SignatureMethod [^>]*>/, '<SignatureMethod/>')],
    [
      'an algorithm with parameters',
      'ALGORITHM',
      () =>
        swap(
          /(<SignatureMethod [^>]*)\/>/,
          '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"><HMACOutputLength>8</HMACOutputLength></SignatureMethod>',
        ),
    ],
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
    ['an unknown attribute', 'STRUCTURE', () => swap('<SignedInfo>', '<SignedInfo Foo="1">')],
    ['SignedInfo outside the namespace', 'STRUCTURE', () => swap('<SignedInfo>', '<SignedInfo xmlns="">')],
    ['another object', 'STRUCTURE', () => swap('</Object>', '</Object><Object/>')],
    [
      'an object of another kind',
      'STRUCTURE',
      () => swap(/<Object [^>]*>.*<\/Object>/, '<Object><Manifest/></Object>'),
    ],
    ['a changed signing time', 'DIGEST', () => swap('2026-11-20T09:00:00', '2026-11-20T09:00:01')],
    ['no signing time', 'REFERENCE', () => swap(/<Object [^>]*>.*<\/Object>/, '')],
    [
      'spaces in Base64',
      'accepted',
      () => swap(/<SignatureValue>(..)/, `<SignatureValue>\n${/<SignatureValue>(..)/.exec(SIGNED)?.[1]}`),
    ],
    ['text that is no Base64', 'STRUCTURE', () => swap(/<SignatureValue>./, '<SignatureValue>-')],
    ['an empty signature value', 'STRUCTURE', () => swap(/<SignatureValue>[^<]*/, '<SignatureValue>')],
    ['a zero signature', 'SIGNATURE', () => swap(/<SignatureValue>[^<]*/, '<SignatureValue>AA==')],
  ];
  it.each(cases)('%s: %s', (_, expected, source) => {
    expect(fault(source())).toBe(expected);
  });

  it('refuses another spelling of the same signature bytes', () => {
    const [, value = ''] = /<SignatureValue>([^<]+)</.exec(SIGNED) ?? [];
    // 256 bytes leave four unused bits in the last sextet before "==".
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const last = alphabet.indexOf(value.charAt(341));
    const other = `${value.slice(0, 341)}${alphabet.charAt(last ^ 1)}==`;
    expect(Buffer.from(other, 'base64')).toEqual(Buffer.from(value, 'base64'));
    expect(fault(swap(value, other))).toBe('STRUCTURE');
  });

  it('refuses a reference to the buyer that was signed by the seller indeed', () => {
    const source = PLAIN.replace('<NMua>', '<NMua Id="buyer">');
    expect(fault(foreign(source, { extra: '/HDon/DLHDon/NDHDon/NMua' }), { validAt: TIME })).toBe('REFERENCE');
  });

  it('refuses valid signatures whose content is no invoice data', () => {
    expect(fault(foreign(PLAIN.replace('<SHDon>61</SHDon>', '')), { validAt: TIME })).toBe('MALFORMED');
  });

  it('takes what old documents have only when asked', () => {
    const sha1 = foreign(PLAIN, { signature: RSA_SHA1, digest: SHA1 });
    expect(fault(sha1, { validAt: TIME })).toBe('ALGORITHM');
    expect(fault(sha1, { validAt: TIME, allowSha1: true })).toBe('accepted');
    const inclusive = foreign(PLAIN, { canonical: INCLUSIVE_C14N, transforms: [ENVELOPED, INCLUSIVE_C14N] });
    expect(fault(inclusive, { validAt: TIME })).toBe('ALGORITHM');
    expect(fault(inclusive, { validAt: TIME, allowInclusiveC14n: true })).toBe('accepted');
    const inner = foreign(PLAIN, { transforms: [INCLUSIVE_C14N] });
    expect(fault(inner, { validAt: TIME })).toBe('TRANSFORM');
    expect(fault(inner, { validAt: TIME, allowInclusiveC14n: true })).toBe('accepted');
  });

  it('refuses every flipped bit of the signed part and of SignedInfo', () => {
    const bytes = Buffer.from(SIGNED);
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
    const cut = fc.tuple(fc.nat(SIGNED.length), fc.nat(200), fc.string());
    fc.assert(
      fc.property(cut, ([at, length, put]) => {
        fault(SIGNED.slice(0, at) + put + SIGNED.slice(at + length));
      }),
      { numRuns: 60 },
    );
    fc.assert(fc.property(fc.string(), (text) => fault(text) === 'MALFORMED'));
  });
});
