import { describe, expect, it } from 'vitest';
import { OTHER, PLAIN, refusal, SELLER, signed, TIME } from './signed.fixture';

const AT = '/HDon/DSCKS/NBan/Signature';
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const INCLUSIVE = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
const RSA_SHA1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';
const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
const SHA1 = 'http://www.w3.org/2000/09/xmldsig#sha1';
const FIRST = `${AT}/SignedInfo/Reference[1]`;
const OBJECT = /<Object [^>]*>.*<\/Object>/;
const KEY_INFO = /<KeyInfo>.*<\/KeyInfo>/;
const SECOND_REFERENCE = /(<\/Reference>)<Reference .*?<\/Reference>/;

/** The signed document with changes, each of which has to change something. */
function changed(...changes: readonly (readonly [from: string | RegExp, to: string])[]): string {
  return changes.reduce((source, [from, to]) => {
    const result = source.replace(from, to);
    expect(result).not.toBe(source);
    return result;
  }, signed());
}

type Change = readonly [from: string | RegExp, to: string];

describe('the shape of a signature', () => {
  const missing = (path: string): string => `STRUCTURE ${AT}${path} is missing or out of order`;
  const unknown = (path: string): string => `STRUCTURE ${AT}${path} is not known here`;
  const base64 = (path: string): string => `STRUCTURE ${AT}${path} is not canonical Base64`;
  const notOne = `STRUCTURE ${AT} must hold SignedInfo, SignatureValue, KeyInfo and one Object`;
  const beside = `REFERENCE ${AT}/SignedInfo refers to something beside the data and the signing time`;
  const transform = (index: number): string =>
    `TRANSFORM ${AT}/SignedInfo/Reference[${index}]/Transforms must be the enveloped transform and an allowed canonical form`;
  const notTime = (path: string, name: string): string =>
    `STRUCTURE ${AT}/Object${path} must hold ${name} and nothing else`;

  const refusals: [string, string, ...Change[]][] = [
    ['an attribute of the signature', unknown('/@Foo'), ['<Signature ', '<Signature Foo="1" ']],
    ['an attribute that begins as a declaration', unknown('/@xmlnsa'), ['<Signature ', '<Signature xmlnsa="1" ']],
    ['no SignedInfo', missing('/SignedInfo'), [/<SignedInfo>.*<\/SignedInfo>/, '']],
    ['nothing at all', missing('/SignedInfo'), [/<SignedInfo>.*<\/Object>/, '']],
    ['SignedInfo of no namespace', missing('/SignedInfo'), ['<SignedInfo>', '<SignedInfo xmlns="">']],
    ['no SignatureValue', missing('/SignatureValue'), [/<SignatureValue>.*<\/SignatureValue>/, '']],
    [
      'an attribute of SignatureValue',
      unknown('/SignatureValue/@Foo'),
      ['<SignatureValue>', '<SignatureValue Foo="1">'],
    ],
    ['a value of no Base64', base64('/SignatureValue'), ['<SignatureValue>', '<SignatureValue>-']],
    ['a value of Base64 for addresses', base64('/SignatureValue'), [/<SignatureValue>..../, '<SignatureValue>-_-_']],
    ['no value', base64('/SignatureValue'), [/<SignatureValue>[^<]*/, '<SignatureValue>']],
    ['elements for a value', base64('/SignatureValue'), [/<SignatureValue>[^<]*/, '<SignatureValue><a/>']],
    ['two keys', notOne, ['<KeyInfo>', '<KeyInfo></KeyInfo><KeyInfo>']],
    ['two objects', notOne, ['</Object>', '</Object><Object/>']],
    ['something else', notOne, ['</Object>', '</Object><Other/>']],
    ['something else instead of both', notOne, [KEY_INFO, '<Other/>'], [OBJECT, '']],
    ['an object of no namespace', missing('/Object'), ['<Object ', '<Object xmlns="" ']],
    ['a key of no namespace', missing('/KeyInfo'), ['<KeyInfo>', '<KeyInfo xmlns="">']],

    ['an attribute of SignedInfo', unknown('/SignedInfo/@Foo'), ['<SignedInfo>', '<SignedInfo Foo="1">']],
    ['no canonical form', missing('/SignedInfo/CanonicalizationMethod'), [/<CanonicalizationMethod [^>]*>/, '']],
    ['no method', missing('/SignedInfo/SignatureMethod'), [/<SignatureMethod [^>]*>/, '']],
    ['no reference', `REFERENCE ${AT}/SignedInfo has no reference`, [/<Reference .*<\/Reference>/, '']],
    ['another element for a reference', missing('/SignedInfo/Reference'), [/<\/SignedInfo>/, '<Other/></SignedInfo>']],
    [
      'an attribute of a reference',
      `STRUCTURE ${FIRST}/@Foo is not known here`,
      ['<Reference ', '<Reference Foo="1" '],
    ],
    [
      'a reference to other data',
      `REFERENCE ${AT}/SignedInfo does not refer to the data`,
      ['URI="#data-1"', 'URI="#x"'],
    ],
    ['a reference without URI', `REFERENCE ${AT}/SignedInfo does not refer to the data`, [' URI="#data-1"', '']],
    ['a third reference', beside, [/(<Reference URI="#data-1">.*?<\/Reference>)/, '$1$1']],
    ['the time referred to twice', beside, [/(<Reference URI="#SigningTime.*?<\/Reference>)/, '$1$1']],
    ['a reference to something else', beside, ['URI="#SigningTime-NBan-data-1"', 'URI="#x"']],
    ['a reference to an object that is not there', beside, [OBJECT, '']],
    ['a reference to no id', beside, ['URI="#SigningTime-NBan-data-1"', 'URI="#undefined"']],
    [
      'no transforms',
      `STRUCTURE ${FIRST}/Transforms is missing or out of order`,
      [/<Transforms>.*?<\/Transforms>/, ''],
    ],
    [
      'an attribute of transforms',
      `STRUCTURE ${FIRST}/Transforms/@Id is not known here`,
      ['<Transforms>', '<Transforms Id="1">'],
    ],
    [
      'another element among transforms',
      `STRUCTURE ${FIRST}/Transforms/Transform is missing or out of order`,
      ['<Transforms>', '<Transforms><Other/>'],
    ],
    [
      'an attribute of a transform',
      `STRUCTURE ${FIRST}/Transforms/Transform/@Foo is not known here`,
      ['<Transform ', '<Transform Foo="1" '],
    ],
    [
      'a transform with text',
      `TRANSFORM ${FIRST}/Transforms takes parameters`,
      [`<Transform Algorithm="${EXCLUSIVE}"/>`, `<Transform Algorithm="${EXCLUSIVE}">1</Transform>`],
    ],
    [
      'a transform with elements',
      `TRANSFORM ${FIRST}/Transforms takes parameters`,
      [`<Transform Algorithm="${EXCLUSIVE}"/>`, `<Transform Algorithm="${EXCLUSIVE}"><a/></Transform>`],
    ],
    ['no canonical form among the transforms', transform(1), [`<Transform Algorithm="${EXCLUSIVE}"/>`, '']],
    ['no transform', transform(2), [`<Transforms><Transform Algorithm="${EXCLUSIVE}"/></Transforms>`, '<Transforms/>']],
    [
      'two canonical forms',
      transform(1),
      [`<Transform Algorithm="${ENVELOPED}"/>`, `<Transform Algorithm="${EXCLUSIVE}"/>`],
    ],
    [
      'a canonical form that is not allowed',
      transform(1),
      [`"${EXCLUSIVE}"/></Transforms>`, `"${INCLUSIVE}"/></Transforms>`],
    ],
    [
      'transforms without algorithm',
      transform(2),
      [`<Transforms><Transform Algorithm="${EXCLUSIVE}"/>`, '<Transforms><Transform/>'],
    ],
    ['no digest', `STRUCTURE ${FIRST}/DigestMethod is missing or out of order`, [/<DigestMethod [^>]*>/, '']],
    [
      'no digest value',
      `STRUCTURE ${FIRST}/DigestValue is missing or out of order`,
      [/<DigestValue>.*?<\/DigestValue>/, ''],
    ],
    [
      'a digest of no Base64',
      `STRUCTURE ${FIRST}/DigestValue is not canonical Base64`,
      ['<DigestValue>', '<DigestValue>-'],
    ],
    [
      'more than a digest',
      `STRUCTURE ${FIRST} holds more than transforms and digest`,
      ['</DigestValue>', '</DigestValue><a/>'],
    ],

    [
      'another canonical form',
      `ALGORITHM ${AT}/SignedInfo/CanonicalizationMethod ${INCLUSIVE} is not allowed`,
      [`<CanonicalizationMethod Algorithm="${EXCLUSIVE}"`, `<CanonicalizationMethod Algorithm="${INCLUSIVE}"`],
    ],
    ['another method', `ALGORITHM ${AT}/SignedInfo/SignatureMethod ${RSA_SHA1} is not allowed`, [RSA_SHA256, RSA_SHA1]],
    [
      'no algorithm',
      `ALGORITHM ${AT}/SignedInfo/SignatureMethod none is not allowed`,
      [` Algorithm="${RSA_SHA256}"`, ''],
    ],
    [
      'another digest',
      `ALGORITHM ${FIRST}/DigestMethod ${SHA1} is not allowed`,
      [/(<DigestMethod Algorithm=)"[^"]*"/, `$1"${SHA1}"`],
    ],
    [
      'an attribute of a method',
      unknown('/SignedInfo/SignatureMethod/@Foo'),
      ['<SignatureMethod ', '<SignatureMethod Foo="1" '],
    ],
    [
      'a method with text',
      `ALGORITHM ${AT}/SignedInfo/SignatureMethod takes parameters`,
      [/(<SignatureMethod [^>]*)\/>/, '$1>1</SignatureMethod>'],
    ],
    [
      'a method with elements',
      `ALGORITHM ${AT}/SignedInfo/SignatureMethod takes parameters`,
      [/(<SignatureMethod [^>]*)\/>/, '$1><a/></SignatureMethod>'],
    ],

    ['an attribute of KeyInfo', unknown('/KeyInfo/@Foo'), ['<KeyInfo>', '<KeyInfo Foo="1">']],
    ['another element in KeyInfo', missing('/KeyInfo/X509Data'), ['<KeyInfo>', '<KeyInfo><KeyName/>']],
    ['a key value of no namespace', missing('/KeyInfo/X509Data'), ['<KeyInfo>', '<KeyInfo><KeyValue xmlns=""/>']],
    [
      'a certificate of no Base64',
      base64('/KeyInfo/X509Data/X509Certificate'),
      ['<X509Certificate>', '<X509Certificate>-'],
    ],
    [
      'an attribute of a certificate',
      unknown('/KeyInfo/X509Data/X509Certificate/@Foo'),
      ['<X509Certificate>', '<X509Certificate Foo="1">'],
    ],
    [
      'no certificate',
      `CERTIFICATE ${AT}/KeyInfo/X509Data/X509Certificate is no X.509 certificate`,
      [/<X509Certificate>[^<]*/, '<X509Certificate>AAAA'],
    ],

    ['an empty object', notTime('', 'SignatureProperties'), [OBJECT, '<Object/>']],
    ['an object of another kind', notTime('', 'SignatureProperties'), [OBJECT, '<Object><Manifest/></Object>']],
    ['an object of two', notTime('', 'SignatureProperties'), ['</SignatureProperties>', '</SignatureProperties><a/>']],
    [
      'properties of another kind',
      notTime('/SignatureProperties', 'SignatureProperty'),
      [OBJECT, '<Object><SignatureProperties><a/></SignatureProperties></Object>'],
    ],
    [
      'two properties',
      notTime('/SignatureProperties', 'SignatureProperty'),
      ['</SignatureProperty>', '</SignatureProperty><SignatureProperty/>'],
    ],
    [
      'a property of another kind',
      notTime('/SignatureProperties/SignatureProperty', 'SigningTime'),
      [/<SigningTime>.*<\/SigningTime>/, '<a/>'],
    ],
    [
      'a signing time of elements',
      `STRUCTURE ${AT}/Object holds no signing time`,
      [/<SigningTime>.*<\/SigningTime>/, '<SigningTime><a/></SigningTime>'],
    ],
  ];
  it.each(refusals)('refuses %s', (_, message, ...changes) => {
    expect(refusal(changed(...changes))).toBe(message);
  });

  const passes: [string, ...Change[]][] = [
    ['a declaration that nothing uses', ['<Signature ', '<Signature xmlns:a="b" ']],
    ['an Id of the value', ['<SignatureValue>', '<SignatureValue Id="value">']],
    ['blanks, tabs and line breaks in the value', [/<SignatureValue>(..)(..)(..)/, '<SignatureValue> $1\n\n$2\t$3 ']],
    ['an Id of the key', ['<KeyInfo>', '<KeyInfo Id="key">']],
    ['an Id of the certificate', ['<X509Certificate>', '<X509Certificate Id="certificate">']],
    ['a key value beside the certificate', ['<KeyInfo>', '<KeyInfo><KeyValue/>']],
    [
      'the name of the subject beside the certificate',
      ['<X509Data>', '<X509Data><X509SubjectName>a</X509SubjectName>'],
    ],
    [
      'a further certificate',
      ['</X509Data>', `<X509Certificate>${OTHER.certificate.raw.toString('base64')}</X509Certificate></X509Data>`],
    ],
    ['a key without certificate', [KEY_INFO, '<KeyInfo></KeyInfo>']],
    ['the key behind the object', [/(<KeyInfo>.*<\/KeyInfo>)(<Object .*<\/Object>)/, '$2$1']],
  ];
  it.each(passes)('passes %s', (_, ...changes) => {
    expect(refusal(changed(...changes))).toBe('accepted');
  });

  const forged: [string, ...Change[]][] = [
    ['an Id of SignedInfo', ['<SignedInfo>', '<SignedInfo Id="info">']],
    ['Id and Type of a reference', ['<Reference ', '<Reference Id="reference" Type="a" ']],
    ['an Id of a digest value', ['<DigestValue>', '<DigestValue Id="digest">']],
    ['a blank in a method', [/(<SignatureMethod [^>]*)\/>/, '$1> </SignatureMethod>']],
    [
      'a blank in a transform',
      [`<Transform Algorithm="${ENVELOPED}"/>`, `<Transform Algorithm="${ENVELOPED}"> </Transform>`],
    ],
    ['no enveloped transform', [`<Transform Algorithm="${ENVELOPED}"/>`, '']],
    ['no reference to the time', [SECOND_REFERENCE, '$1']],
  ];
  it.each(forged)('knows %s as a shape, which the value does not fit here', (_, ...changes) => {
    expect(refusal(changed(...changes), { validAt: TIME })).toBe(
      `SIGNATURE ${AT} was not made with the key of the certificate`,
    );
  });

  it('knows a reference to the properties as one to the time', () => {
    const properties: Change = ['<SignatureProperties>', '<SignatureProperties Id="p">'];
    const other: Change = ['URI="#SigningTime-NBan-data-1"', 'URI="#p"'];
    expect(refusal(changed(other))).toBe(beside);
    expect(refusal(changed(other, properties))).toBe(`DIGEST ${AT} the data are not those that were signed`);
  });

  it('wants a signature that can stand alone', () => {
    const borrowed = changed(['<DSCKS>', `<DSCKS xmlns:d="${DSIG}">`], [KEY_INFO, '<d:KeyInfo></d:KeyInfo>']);
    expect(refusal(borrowed)).toBe(`STRUCTURE ${AT} cannot stand alone: has a prefix that is not declared`);
  });

  it('reads the first certificate of KeyInfo, behind a key value too', () => {
    const claims: string[] = [];
    const trust = ({ fingerprint256 }: { fingerprint256: string }): boolean => {
      claims.push(fingerprint256);
      return true;
    };
    const further = `<X509Certificate>${OTHER.certificate.raw.toString('base64')}</X509Certificate></X509Data>`;
    expect(refusal(changed(['<KeyInfo>', '<KeyInfo><KeyValue/>'], ['</X509Data>', further]), { trust })).toBe(
      'accepted',
    );
    expect(claims).toEqual([SELLER.certificate.fingerprint256]);
  });
});

describe('the places of signatures', () => {
  const missing = `NOT_SIGNED ${AT} is missing`;
  const twice = `STRUCTURE ${AT} is there more than once`;
  const none = `STRUCTURE ${AT} is no XML signature`;
  const outside = 'STRUCTURE /HDon holds a signature outside its places';
  const whole = /<Signature .*<\/Signature>/;
  const cases: [string, string, ...Change[]][] = [
    ['no box', missing, [/<DSCKS>.*<\/DSCKS>/, '']],
    ['no holder', missing, [/<NBan><Signature .*<\/NBan>/, '']],
    ['an empty holder', missing, [whole, '']],
    ['two signatures', twice, [/(<Signature .*<\/Signature>)/, '$1$1']],
    ['two holders', twice, [/(<NBan><Signature .*<\/NBan>)/, '$1$1']],
    ['two boxes', twice, ['</HDon>', '<DSCKS></DSCKS></HDon>']],
    ['another element', none, [whole, `<Other xmlns="${DSIG}"/>`]],
    ['a signature of no namespace', none, [whole, '<Signature/>']],
    ['one beside the holders', outside, ['<DSCKS>', `<DSCKS><Signature xmlns="${DSIG}"/>`]],
    ['one in the data', outside, ['<TTChung>', `<TTChung><Signature xmlns="${DSIG}"/>`]],
    ['one in a signature', outside, ['</KeyInfo>', '<Signature/></KeyInfo>']],
  ];
  it.each(cases)('%s', (_, message, ...changes) => {
    expect(refusal(changed(...changes))).toBe(message);
  });

  it('an unsigned document', () => {
    expect(refusal(PLAIN)).toBe(missing);
  });

  it('what is called a signature but is none may stand anywhere, and so may other elements of the namespace', () => {
    const elsewhere = changed(['</HDon>', `<Signature/><Object xmlns="${DSIG}"/></HDon>`]);
    expect(refusal(elsewhere)).toBe('accepted');
  });

  it('other holders may hold theirs', () => {
    expect(refusal(changed(['<DSCKS>', `<DSCKS><CQT><Signature xmlns="${DSIG}"/></CQT>`]))).toBe('accepted');
  });
});
