import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import { vietnamDateTime } from '../vietnam-date';
import { readXml } from '../xml/read-xml';
import type { XmlElement } from '../xml/read-xml';
import { XmlError } from '../xml/xml-error';
import { ENVELOPED, EXCLUSIVE_C14N, RSA_SHA256, SHA256 } from './algorithms';
import { checkRsaKey, checkValidity } from './certificate';
import { SignatureError } from './signature-error';
import { SELLER_SIGNATURE } from './signature-place';
import type { SignaturePlace } from './signature-place';

export interface Signer {
  /** RSA, 2048 bits or more. */
  readonly key: KeyObject;
  /** The certificate of that key. */
  readonly certificate: X509Certificate;
}

export interface SigningOptions {
  readonly signingTime: Date;
  /** Default: the seller's of an invoice. */
  readonly place?: SignaturePlace | undefined;
  /**
   * Whether the signature also refers to the object that holds the signing time, default true. Without it anyone can
   * change the time; public samples show both ways.
   */
  readonly coverSigningTime?: boolean | undefined;
}

/**
 * Signs a document (XMLDSig enveloped, RSA-SHA256, exclusive canonical XML, reference to the Id of the data) and gives
 * it with the signature in its place; every other byte stays as it was. Throws SignatureError: the document is not the
 * expected one, is signed already, or key and certificate do not fit.
 */
export function signDocument(source: string, signer: Signer, options: SigningOptions): string {
  const place = options.place ?? SELLER_SIGNATURE;
  const { certificate, key } = signer;
  const at = `/${[place.root, ...place.holder].join('/')}/Signature`;
  checkRsaKey(certificate, at);
  if (key.type !== 'private' || !certificate.checkPrivateKey(key)) {
    throw new SignatureError('KEY', at, 'the private key is not that of the certificate');
  }
  checkValidity(certificate, options.signingTime, at);
  const root = readDocument(source, place.root);
  const id = dataIdOf(root, place);
  const opening = insertionPoint(root, place, source);
  const signature = signatureXml(source, id, signer, { ...options, place });
  return `${source.slice(0, opening.at)}${opening.before}${signature}${opening.after}${source.slice(opening.at + opening.replaced)}`;
}

/** The root of a document of a kind. Throws SignatureError. */
export function readDocument(source: string, name: string): XmlElement {
  const root = readStrictly(source);
  if (root.name === name && root.namespace === '') return root;
  throw new SignatureError('MALFORMED', `/${root.name}`, `is not the root ${name}`);
}

function readStrictly(source: string): XmlElement {
  try {
    return readXml(source);
  } catch (error) {
    if (error instanceof XmlError) throw new SignatureError('MALFORMED', error.path, error.reason);
    throw error;
  }
}

/** The Id of the one data element, which nothing else in the document has. Throws SignatureError. */
export function dataIdOf(root: XmlElement, place: SignaturePlace): string {
  const path = `/${place.root}/${place.data}`;
  const data = root.children.find(({ localName }) => localName === place.data);
  if (data === undefined) throw new SignatureError('STRUCTURE', path, 'is missing');
  const named = descendants(root).filter(({ localName }) => localName === place.data);
  if (named.length > 1) throw new SignatureError('STRUCTURE', path, 'is there more than once');
  const id = data.attributes.get('Id');
  // Quotes would end the expression by which the library finds the element.
  if (id === undefined || !/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(id)) {
    throw new SignatureError('STRUCTURE', `${path}/@Id`, 'must be letters, digits, "_", "." and "-"');
  }
  const seen = new Set<string>();
  for (const { attributes } of descendants(root)) {
    for (const [name, value] of attributes) {
      if (!/^(?:.*:)?id$/i.test(name)) continue;
      if (seen.has(value)) throw new SignatureError('DUPLICATE_ID', path, `${value} is the id of two elements`);
      seen.add(value);
    }
  }
  return id;
}

/** An element and everything below it, in document order. */
export function descendants(element: XmlElement): XmlElement[] {
  return [element, ...element.children.flatMap((child) => descendants(child))];
}

interface Insertion {
  readonly at: number;
  /** Characters at `at` that make way: the `/>` of an empty element. */
  readonly replaced: number;
  readonly before: string;
  readonly after: string;
}

/** Where the signature goes: into its holder, which is made where it is missing. */
function insertionPoint(root: XmlElement, place: SignaturePlace, source: string): Insertion {
  const [outer, inner] = place.holder;
  const box = root.children.find(({ name }) => name === outer);
  if (box === undefined) {
    return inside(root, source, `<${outer}><${inner}>`, `</${inner}></${outer}>`, true);
  }
  const holder = box.children.find(({ name }) => name === inner);
  if (holder === undefined) return inside(box, source, `<${inner}>`, `</${inner}>`, false);
  if (holder.children.length === 0) return inside(holder, source, '', '', false);
  throw new SignatureError(
    'ALREADY_SIGNED',
    `/${[place.root, ...place.holder].join('/')}`,
    'holds a signature already',
  );
}

/** As the last child of an element, or as its first. */
function inside(element: XmlElement, source: string, before: string, after: string, last: boolean): Insertion {
  const { end, name } = element;
  if (source.startsWith('/>', end - 2)) {
    return { at: end - 2, replaced: 2, before: `>${before}`, after: `${after}</${name}>` };
  }
  const closing = source.lastIndexOf('</', end - 1);
  const first = last ? undefined : element.children[0];
  return { at: first?.start ?? closing, replaced: 0, before, after };
}

function signatureXml(
  source: string,
  id: string,
  { key, certificate }: Signer,
  options: SigningOptions & { readonly place: SignaturePlace },
): string {
  const [, role] = options.place.holder;
  const signatureId = `Signature-${role}-${id}`;
  const timeId = `SigningTime-${role}-${id}`;
  const time = `<SigningTime>${vietnamDateTime(options.signingTime)}</SigningTime>`;
  const property = `<SignatureProperty Target="#${signatureId}">${time}</SignatureProperty>`;
  const signed = new SignedXml({
    privateKey: key,
    signatureAlgorithm: RSA_SHA256,
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
    getKeyInfoContent: () =>
      `<X509Data><X509Certificate>${certificate.raw.toString('base64')}</X509Certificate></X509Data>`,
    objects: [{ content: `<SignatureProperties>${property}</SignatureProperties>`, attributes: { Id: timeId } }],
  });
  signed.idAttributes = ['Id'];
  const reference = (target: string, transforms: readonly string[]) =>
    signed.addReference({ xpath: `//*[@Id='${target}']`, transforms: [...transforms], digestAlgorithm: SHA256 });
  reference(id, [ENVELOPED, EXCLUSIVE_C14N]);
  if (options.coverSigningTime ?? true) reference(timeId, [EXCLUSIVE_C14N]);
  signed.computeSignature(source, { attrs: { Id: signatureId } });
  return signed.getSignatureXml();
}
