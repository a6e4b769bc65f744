import { buildHDon } from '../xml/hdon';
import { hdon } from '../xml/hdon.fixture';
import { signer } from './certificates.fixture';
import { signDocument } from './sign-document';
import { SignatureError } from './signature-error';
import { verifyInvoice } from './verify-document';
import type { VerificationPolicy } from './verify-document';

export const SELLER = signer();
export const OTHER = signer();
export const TIME = new Date('2026-11-20T02:00:00Z');
export const PLAIN = buildHDon(hdon());
export const POLICY: VerificationPolicy = { trust: SELLER.certificate };
export const DATA = PLAIN.slice(PLAIN.indexOf('<DLHDon'), PLAIN.indexOf('</HDon>'));

/**
 * The plain document signed by the seller. Made anew for each test, never while a file is loaded: a test that signs says
 * what signing breaks, a file that cannot be loaded says nothing.
 */
export function signed(): string {
  return signDocument(PLAIN, SELLER, { signingTime: TIME });
}

/** The whole message of the refusal (fault, path, reason), or `accepted`; another error is thrown on. */
export function refusal(source: string, policy: Partial<VerificationPolicy> = {}): string {
  try {
    verifyInvoice(source, { ...POLICY, ...policy });
  } catch (error) {
    if (error instanceof SignatureError) return error.message;
    throw error;
  }
  return 'accepted';
}

/** The fault of the refusal, or `accepted`. */
export function fault(source: string, policy: Partial<VerificationPolicy> = {}): string {
  return refusal(source, policy).split(' ')[0] ?? '';
}
