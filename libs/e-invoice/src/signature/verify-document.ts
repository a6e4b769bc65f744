import type { X509Certificate } from 'node:crypto';
import { SignedXml } from 'xml-crypto';
import { parseHDonData } from '../xml/hdon';
import type { HDonData } from '../xml/hdon';
import { readXml } from '../xml/read-xml';
import type { XmlElement } from '../xml/read-xml';
import { XmlError } from '../xml/xml-error';
import { allowedAlgorithms, DSIG } from './algorithms';
import type { AllowedAlgorithms, LegacyAlgorithms } from './algorithms';
import { checkRsaKey, checkValidity, subjectCarries } from './certificate';
import { dataIdOf, descendants, readDocument } from './sign-document';
import { SignatureError } from './signature-error';
import { SELLER_SIGNATURE } from './signature-place';
import type { SignaturePlace } from './signature-place';
import { readSignature } from './signature-structure';
import type { SignatureClaims } from './signature-structure';
import { parseSigningTime } from './signing-time';

export interface VerificationPolicy extends LegacyAlgorithms {
  /**
   * The certificate that must have signed, or who decides about the one in KeyInfo (chain, revocation, a list of
   * registered certificates). KeyInfo alone proves nothing: anyone can put his own certificate there.
   */
  readonly trust: X509Certificate | ((certificate: X509Certificate) => boolean);
  /** Default: the seller's of an invoice. */
  readonly place?: SignaturePlace | undefined;
  /** The tax code that the certificate's subject must carry. */
  readonly taxCode?: string | undefined;
  /**
   * When the certificate must have been valid. Default: the signing time, which the signature must cover then, because
   * an uncovered one can be changed by anyone.
   */
  readonly validAt?: Date | undefined;
}

export interface VerifiedSignature {
  /** Exactly the bytes that were signed, in canonical form; nothing else of the document is proven. */
  readonly signedXml: string;
  readonly certificate: X509Certificate;
  /** Undefined where the signature holds none. */
  readonly signingTime: Date | undefined;
  readonly signingTimeCovered: boolean;
}

export interface VerifiedInvoice extends VerifiedSignature {
  /** The signed content, read again from the signed bytes. MCCQT and the QR text are not part of it. */
  readonly data: HDonData;
}

/**
 * Verifies the signature at a place of a document and gives the signed content alone. Refuses what a signature-wrapping
 * attack needs: doubled ids or data, moved or further references, transforms, comments, algorithms that are not allowed
 * (CVE-2025-29774, CVE-2025-29775). Throws SignatureError and nothing else.
 */
export function verifyDocument(source: string, policy: VerificationPolicy): VerifiedSignature {
  const place = policy.place ?? SELLER_SIGNATURE;
  const path = `/${[place.root, ...place.holder].join('/')}/Signature`;
  const root = readDocument(source, place.root);
  const signature = signatureAt(root, place, path);
  const dataId = dataIdOf(root, place);
  const allowed = allowedAlgorithms(policy);
  const claims = readSignature(signature, dataId, allowed, path);
  const certificate = trustedCertificate(policy, claims, path);
  const signedXml = signedContent(source, signature, certificate, claims, allowed, path);
  checkContent(signedXml, place, dataId);
  return { signedXml, certificate, ...checkTime(policy, claims, certificate, path) };
}

/** As `verifyDocument` for an invoice, with its data. Throws SignatureError. */
export function verifyInvoice(source: string, policy: VerificationPolicy): VerifiedInvoice {
  const verified = verifyDocument(source, policy);
  try {
    return { ...verified, data: parseHDonData(verified.signedXml) };
  } catch (error) {
    if (error instanceof XmlError) throw new SignatureError('MALFORMED', error.path, error.reason);
    throw error;
  }
}

/** The signature of the place; others may stand only in other holders beside it. */
function signatureAt(root: XmlElement, place: SignaturePlace, path: string): XmlElement {
  const [outer, inner] = place.holder;
  const boxes = root.children.filter(({ localName }) => localName === outer);
  const holders = boxes.flatMap(({ children }) => children);
  const own = holders.filter(({ localName }) => localName === inner).flatMap(({ children }) => children);
  const [signature] = own;
  if (signature === undefined) throw new SignatureError('NOT_SIGNED', path, 'is missing');
  if (own.length > 1 || boxes.length > 1) throw new SignatureError('STRUCTURE', path, 'is there more than once');
  if (signature.localName !== 'Signature' || signature.namespace !== DSIG) {
    throw new SignatureError('STRUCTURE', path, 'is no XML signature');
  }
  const placed = new Set(holders.flatMap(({ children }) => children));
  for (const element of descendants(root)) {
    if (element.namespace !== DSIG || element.localName !== 'Signature' || placed.has(element)) continue;
    throw new SignatureError('STRUCTURE', `/${place.root}`, 'holds a signature outside its places');
  }
  return signature;
}

function trustedCertificate(policy: VerificationPolicy, claims: SignatureClaims, path: string): X509Certificate {
  const claimed = claims.certificate;
  const { trust } = policy;
  let certificate: X509Certificate;
  if (typeof trust === 'function') {
    if (claimed === undefined) throw new SignatureError('CERTIFICATE', `${path}/KeyInfo`, 'holds no certificate');
    if (!trust(claimed))
      throw new SignatureError('UNTRUSTED', `${path}/KeyInfo`, 'holds a certificate that is not trusted');
    certificate = claimed;
  } else {
    if (claimed !== undefined && !claimed.raw.equals(trust.raw)) {
      throw new SignatureError('UNTRUSTED', `${path}/KeyInfo`, 'holds another certificate than the expected one');
    }
    certificate = trust;
  }
  checkRsaKey(certificate, `${path}/KeyInfo`, policy.allowSha1 ? 1024 : undefined);
  if (policy.taxCode !== undefined && !subjectCarries(certificate, policy.taxCode)) {
    throw new SignatureError('TAX_CODE', `${path}/KeyInfo`, `the certificate is not that of ${policy.taxCode}`);
  }
  return certificate;
}

/** The verified reference to the data. The library's own lists are cut down to what is allowed. */
function signedContent(
  source: string,
  signature: XmlElement,
  certificate: X509Certificate,
  claims: SignatureClaims,
  allowed: AllowedAlgorithms,
  path: string,
): string {
  const verifier = new SignedXml({ publicCert: certificate.publicKey, getCertFromKeyInfo: () => null });
  verifier.idAttributes = ['Id'];
  verifier.SignatureAlgorithms = pick(verifier.SignatureAlgorithms, allowed.signature);
  verifier.HashAlgorithms = pick(verifier.HashAlgorithms, allowed.digest);
  const text = source.slice(signature.start, signature.end);
  let valid: boolean;
  try {
    // Prefixes that the signature borrows from elements around it would be lost on the way.
    readXml(text);
    verifier.loadSignature(text);
    valid = verifier.checkSignature(source);
  } catch (error) {
    if (error instanceof XmlError) throw new SignatureError('STRUCTURE', path, `cannot stand alone: ${error.reason}`);
    throw new SignatureError('SIGNATURE', path, 'was not made with the key of the certificate');
  }
  if (!valid) throw new SignatureError('DIGEST', path, 'the data are not those that were signed');
  const signed = verifier.getSignedReferences();
  const content = signed[claims.dataReference];
  if (content === undefined || signed.length !== claims.referenceCount) {
    throw new SignatureError('REFERENCE', path, 'the verified references are not those of the signature');
  }
  return content;
}

function checkContent(signedXml: string, place: SignaturePlace, dataId: string): void {
  const content = readDocument(signedXml, place.data);
  if (content.attributes.get('Id') === dataId) return;
  throw new SignatureError('REFERENCE', `/${place.root}/${place.data}`, 'is not what the signature covers');
}

function checkTime(
  policy: VerificationPolicy,
  claims: SignatureClaims,
  certificate: X509Certificate,
  path: string,
): Pick<VerifiedSignature, 'signingTime' | 'signingTimeCovered'> {
  const at = `${path}/Object/SignatureProperties/SignatureProperty/SigningTime`;
  const { signingTimeCovered } = claims;
  const signingTime = claims.signingTime === undefined ? undefined : parseSigningTime(claims.signingTime.trim());
  if (claims.signingTime !== undefined && signingTime === undefined) {
    throw new SignatureError('SIGNING_TIME', at, 'is no instant');
  }
  const validAt = policy.validAt ?? (signingTimeCovered ? signingTime : undefined);
  if (validAt === undefined)
    throw new SignatureError('SIGNING_TIME', at, 'is not covered by the signature; give validAt');
  checkValidity(certificate, validAt, path);
  return { signingTime, signingTimeCovered };
}

function pick<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}
