import type { AuthorityStatus } from '../invoices/invoice';

/** What a provider tells about an issued invoice. The first two change no status and stand in the audit trail. */
export const AUTHORITY_NOTICES = {
  'invoice.signed': null,
  'invoice.sent': null,
  'invoice.coded': 'CODED',
  'invoice.accepted': 'ACCEPTED',
  'invoice.rejected': 'REJECTED',
} as const satisfies Readonly<Record<string, AuthorityStatus | null>>;
export type AuthorityNotice = keyof typeof AUTHORITY_NOTICES;

/** True for a notice of the authority's or the provider's word. */
export const isAuthorityNotice = (type: string): type is AuthorityNotice => Object.hasOwn(AUTHORITY_NOTICES, type);

/** How far a word goes: notices come in any order, and a weaker one takes nothing back. */
const RANK: Readonly<Record<AuthorityStatus, number>> = {
  NOT_REQUIRED: 0,
  PENDING: 0,
  CODED: 1,
  ACCEPTED: 2,
  REJECTED: 3,
};

/**
 * The status after a notice, in whatever order they come. A refusal is the last word: an acceptance beside it is a
 * contradiction that a person resolves with the authority.
 */
export function authorityAfter(current: AuthorityStatus, type: AuthorityNotice): AuthorityStatus {
  const told = AUTHORITY_NOTICES[type];
  return told !== null && RANK[told] > RANK[current] ? told : current;
}
