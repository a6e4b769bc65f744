import type { X509Certificate } from 'node:crypto';
import type { XmlElement } from '../xml/read-xml';
import { DSIG, ENVELOPED } from './algorithms';
import type { AllowedAlgorithms } from './algorithms';
import { readCertificate } from './certificate';
import { SignatureError } from './signature-error';

/** What a signature says before anything of it is verified. */
export interface SignatureClaims {
  /** Position of the reference to the data among the references. */
  readonly dataReference: number;
  readonly referenceCount: number;
  /** Text of SigningTime. */
  readonly signingTime: string | undefined;
  /** Whether a reference covers it. */
  readonly signingTimeCovered: boolean;
  /** The first certificate of KeyInfo: a claim, no proof. */
  readonly certificate: X509Certificate | undefined;
}

/**
 * Holds a signature against the one shape that is accepted: a single SignedInfo with the reference to the data and at
 * most one more to the signing time, allowed algorithms and transforms without parameters, canonical Base64. Libraries
 * search such elements anywhere, so everything that could be found twice is refused. Throws SignatureError.
 */
export function readSignature(
  signature: XmlElement,
  dataId: string,
  allowed: AllowedAlgorithms,
  path: string,
): SignatureClaims {
  onlyAttributes(signature, ['Id'], path);
  const [info, value, ...rest] = signature.children;
  const signedInfo = expect(info, 'SignedInfo', path);
  checkBase64(expect(value, 'SignatureValue', path), `${path}/SignatureValue`);
  const keyInfos = rest.filter(({ localName }) => localName === 'KeyInfo');
  const objects = rest.filter(({ localName }) => localName === 'Object');
  if (keyInfos.length > 1 || objects.length > 1 || keyInfos.length + objects.length !== rest.length) {
    throw new SignatureError('STRUCTURE', path, 'must hold SignedInfo, SignatureValue, KeyInfo and one Object');
  }
  const [keyInfo] = keyInfos;
  const [object] = objects;
  const time = object === undefined ? undefined : signingTimeOf(expect(object, 'Object', path), `${path}/Object`);
  const uris = referencesOf(signedInfo, allowed, `${path}/SignedInfo`);
  const dataReference = uris.indexOf(`#${dataId}`);
  if (dataReference === -1) throw new SignatureError('REFERENCE', `${path}/SignedInfo`, 'does not refer to the data');
  const extra = uris.filter((_, index) => index !== dataReference);
  const covered = extra.some((uri) => time?.ids.includes(uri) === true);
  if (extra.length > (covered ? 1 : 0)) {
    throw new SignatureError(
      'REFERENCE',
      `${path}/SignedInfo`,
      'refers to something beside the data and the signing time',
    );
  }
  return {
    dataReference,
    referenceCount: uris.length,
    signingTime: time?.text,
    signingTimeCovered: covered,
    certificate: keyInfo === undefined ? undefined : certificateOf(expect(keyInfo, 'KeyInfo', path), `${path}/KeyInfo`),
  };
}

function referencesOf(signedInfo: XmlElement, allowed: AllowedAlgorithms, path: string): string[] {
  onlyAttributes(signedInfo, ['Id'], path);
  const [canonicalization, method, ...references] = signedInfo.children;
  checkAlgorithm(expect(canonicalization, 'CanonicalizationMethod', path), allowed.canonicalization, path);
  checkAlgorithm(expect(method, 'SignatureMethod', path), allowed.signature, path);
  if (references.length === 0) throw new SignatureError('REFERENCE', path, 'has no reference');
  return references.map((child, index) => {
    const at = `${path}/Reference[${index + 1}]`;
    const reference = expect(child, 'Reference', path);
    onlyAttributes(reference, ['URI', 'Id', 'Type'], at);
    const [transforms, digestMethod, digestValue, ...more] = reference.children;
    if (more.length > 0) throw new SignatureError('STRUCTURE', at, 'holds more than transforms and digest');
    checkTransforms(expect(transforms, 'Transforms', at), allowed, `${at}/Transforms`);
    checkAlgorithm(expect(digestMethod, 'DigestMethod', at), allowed.digest, at);
    checkBase64(expect(digestValue, 'DigestValue', at), `${at}/DigestValue`);
    return reference.attributes.get('URI') ?? '';
  });
}

/** The enveloped transform and a canonical form, each at most once and in this order, without parameters. */
function checkTransforms(transforms: XmlElement, allowed: AllowedAlgorithms, path: string): void {
  onlyAttributes(transforms, [], path);
  const names = transforms.children.map((child) => {
    const transform = expect(child, 'Transform', path);
    onlyAttributes(transform, ['Algorithm'], `${path}/Transform`);
    const parameters = transform.children.length > 0 || transform.text.trim() !== '';
    if (parameters) throw new SignatureError('TRANSFORM', path, 'takes parameters');
    return transform.attributes.get('Algorithm') ?? '';
  });
  const canonical = names[0] === ENVELOPED ? names.slice(1) : names;
  if (canonical.length !== 1 || !allowed.canonicalization.includes(canonical[0] ?? '')) {
    throw new SignatureError('TRANSFORM', path, 'must be the enveloped transform and an allowed canonical form');
  }
}

function checkAlgorithm(element: XmlElement, allowed: readonly string[], path: string): void {
  const at = `${path}/${element.localName}`;
  onlyAttributes(element, ['Algorithm'], at);
  if (element.children.length > 0 || element.text.trim() !== '')
    throw new SignatureError('ALGORITHM', at, 'takes parameters');
  const algorithm = element.attributes.get('Algorithm') ?? '';
  if (!allowed.includes(algorithm)) throw new SignatureError('ALGORITHM', at, `${algorithm || 'none'} is not allowed`);
}

/** Base64 with its unused bits zero: another spelling of the same bytes would pass for the same signature. */
function checkBase64(element: XmlElement, path: string): void {
  onlyAttributes(element, ['Id'], path);
  const text = element.text.replaceAll(/[ \t\n]/g, '');
  if (text === '' || Buffer.from(text, 'base64').toString('base64') !== text) {
    throw new SignatureError('STRUCTURE', path, 'is not canonical Base64');
  }
}

function certificateOf(keyInfo: XmlElement, path: string): X509Certificate | undefined {
  onlyAttributes(keyInfo, ['Id'], path);
  const certificates = keyInfo.children.flatMap((child) => {
    if (child.namespace === DSIG && child.localName === 'KeyValue') return [];
    return expect(child, 'X509Data', path).children.filter(({ localName }) => localName === 'X509Certificate');
  });
  const [first] = certificates;
  if (first === undefined) return undefined;
  checkBase64(first, `${path}/X509Data/X509Certificate`);
  return readCertificate(Buffer.from(first.text, 'base64'), `${path}/X509Data/X509Certificate`);
}

function signingTimeOf(object: XmlElement, path: string): { readonly text: string; readonly ids: readonly string[] } {
  const properties = onlyChild(object, 'SignatureProperties', path);
  const property = onlyChild(properties, 'SignatureProperty', `${path}/SignatureProperties`);
  const time = onlyChild(property, 'SigningTime', `${path}/SignatureProperties/SignatureProperty`);
  if (time.children.length > 0) throw new SignatureError('STRUCTURE', path, 'holds no signing time');
  const ids = [object, properties].map(({ attributes }) => attributes.get('Id')).filter((id) => id !== undefined);
  return { text: time.text, ids: ids.map((id) => `#${id}`) };
}

function onlyChild(element: XmlElement, name: string, path: string): XmlElement {
  const [child, ...more] = element.children;
  if (child?.localName === name && more.length === 0) return child;
  throw new SignatureError('STRUCTURE', path, `must hold ${name} and nothing else`);
}

function expect(element: XmlElement | undefined, name: string, path: string): XmlElement {
  if (element?.localName === name && element.namespace === DSIG) return element;
  throw new SignatureError('STRUCTURE', `${path}/${name}`, 'is missing or out of order');
}

function onlyAttributes(element: XmlElement, names: readonly string[], path: string): void {
  for (const name of element.attributes.keys()) {
    if (names.includes(name) || name === 'xmlns' || name.startsWith('xmlns:')) continue;
    throw new SignatureError('STRUCTURE', `${path}/@${name}`, 'is not known here');
  }
}
