import type { Actor } from '@nx/authz';
import { canonicalJson, sha256Hex } from '@nx/crypto';

export const APPROVAL_STATES = ['PENDING', 'APPROVED', 'REJECTED', 'EXPIRED', 'USED'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

/** An action that needs a second person. */
export interface ApprovalDemand {
  /** Stable name: `refund.open`, `freeze.lift`. */
  readonly operation: string;
  /** Everything that decides what will happen, and nothing else; plain JSON that the second person reads. */
  readonly payload: object;
  /** Who asks, and later acts. */
  readonly actor: Pick<Actor, 'userId' | 'isPod'>;
  readonly merchantId: string | null;
  /** Why, in the words of him who asks. */
  readonly reason: string;
}

export interface ApprovalRow {
  readonly id: string;
  readonly operation: string;
  readonly payload_hash: string;
  readonly payload: object;
  readonly merchant_id: string | null;
  readonly requested_by: string;
  readonly reason: string;
  readonly state: ApprovalState;
  readonly approved_by: string | null;
  readonly rejected_by: string | null;
  readonly decided_at: Date | null;
  readonly decision_reason: string | null;
  readonly used_at: Date | null;
  readonly expires_at: Date;
  readonly created_at: Date;
}

/** `$1` now: whose time is over counts as EXPIRED, also before the sweeper has written it down. */
export const APPROVAL_COLUMNS = `id, operation, payload_hash, payload, merchant_id, requested_by, reason,
  CASE WHEN state IN ('PENDING', 'APPROVED') AND expires_at <= $1 THEN 'EXPIRED' ELSE state END AS state, approved_by,
  rejected_by, decided_at, decision_reason, used_at, expires_at, created_at`;

/** What an approval is bound to: SHA-256 in hex over operation and payload, independent of the order of members. */
export const payloadHash = ({ operation, payload }: Pick<ApprovalDemand, 'operation' | 'payload'>): string =>
  sha256Hex(canonicalJson({ operation, payload }));
