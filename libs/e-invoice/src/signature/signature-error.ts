/** What of a signature does not hold. */
export type SignatureFault =
  /** Not XML of the strict subset, or not the document that was expected. */
  | 'MALFORMED'
  | 'NOT_SIGNED'
  | 'ALREADY_SIGNED'
  /** Elements, attributes or their order are not those of a signature, or one stands where none may. */
  | 'STRUCTURE'
  | 'DUPLICATE_ID'
  | 'REFERENCE'
  | 'TRANSFORM'
  | 'ALGORITHM'
  /** The data are not those that were signed. */
  | 'DIGEST'
  /** SignedInfo was not signed by the certificate's key. */
  | 'SIGNATURE'
  | 'CERTIFICATE'
  | 'UNTRUSTED'
  | 'VALIDITY'
  | 'TAX_CODE'
  | 'SIGNING_TIME'
  | 'KEY';

/** The one error of signing and verifying. */
export class SignatureError extends Error {
  constructor(
    readonly fault: SignatureFault,
    /** Names from the root down. */
    readonly path: string,
    readonly reason: string,
  ) {
    super(`${fault} ${path} ${reason}`);
    this.name = 'SignatureError';
  }
}
