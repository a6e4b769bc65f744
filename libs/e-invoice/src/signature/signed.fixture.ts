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
export const SIGNED = signDocument(PLAIN, SELLER, { signingTime: TIME });
export const POLICY: VerificationPolicy = { trust: SELLER.certificate };
export const DATA = PLAIN.slice(PLAIN.indexOf('<DLHDon'), PLAIN.indexOf('</HDon>'));

/** The fault of the refusal, or `accepted`; another error than the one typed is thrown on. */
export function fault(source: string, policy: Partial<VerificationPolicy> = {}): string {
  try {
    verifyInvoice(source, { ...POLICY, ...policy });
  } catch (error) {
    if (error instanceof SignatureError) return error.fault;
    throw error;
  }
  return 'accepted';
}
