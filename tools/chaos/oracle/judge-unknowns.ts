import { broken, type Offence } from './offence';
import type { AttemptRow, World } from './world';

const OPEN = new Set(['100_NEW', '204_SENT', '000_UNKNOWN']);
/** A "not paid" counts from a minute after the end of an attempt; then somebody must have asked. */
const PROVABLE_AFTER_MS = 60_000;
/** What asking may take. */
const PATIENCE_MS = 45_000;

/** Whether nobody can prove yet how the attempt ends: nothing was paid, and the buyer may still pay. */
export function waitsForProof({ expiresAt }: AttemptRow, at: number): boolean {
  return at < expiresAt + PROVABLE_AFTER_MS + PATIENCE_MS;
}

export const isOpen = ({ type, status }: AttemptRow): boolean => type === '100_PAYMENT' && OPEN.has(status);

/** No attempt is left open that evidence could end. (Money that was taken for it counts as lost already.) */
export function judgeUnknowns({ records, at }: World): Offence[] {
  return records.attempts
    .filter((attempt) => isOpen(attempt) && !waitsForProof(attempt, at))
    .map(({ uid, status, transactionId }) => broken(uid, `still ${status}, though it could be proven`, transactionId));
}
