export const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
export const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const INCLUSIVE_C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315';
export const ENVELOPED = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
export const RSA_SHA256 = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
export const RSA_SHA1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1';
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256';
export const SHA1 = 'http://www.w3.org/2000/09/xmldsig#sha1';

/** What old documents need; both are refused unless asked for. */
export interface LegacyAlgorithms {
  /** RSA-SHA1 and SHA-1: documents of the first years. */
  readonly allowSha1?: boolean | undefined;
  /** Canonical XML 1.0 beside the exclusive one. */
  readonly allowInclusiveC14n?: boolean | undefined;
}

export interface AllowedAlgorithms {
  readonly signature: readonly string[];
  readonly digest: readonly string[];
  readonly canonicalization: readonly string[];
}

/** The algorithms that pass. HMAC never does: it would let a public certificate serve as the key. */
export function allowedAlgorithms({ allowSha1, allowInclusiveC14n }: LegacyAlgorithms): AllowedAlgorithms {
  return {
    signature: allowSha1 ? [RSA_SHA256, RSA_SHA1] : [RSA_SHA256],
    digest: allowSha1 ? [SHA256, SHA1] : [SHA256],
    canonicalization: allowInclusiveC14n ? [EXCLUSIVE_C14N, INCLUSIVE_C14N] : [EXCLUSIVE_C14N],
  };
}
