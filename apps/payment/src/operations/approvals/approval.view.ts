import type { ApprovalRow } from './approval';
import type { ApprovalView } from './approval.dto';

export const approvalView = (row: ApprovalRow): ApprovalView => ({
  id: row.id,
  operation: row.operation,
  payload: row.payload,
  payloadHash: row.payload_hash,
  merchantId: row.merchant_id,
  requestedBy: row.requested_by,
  reason: row.reason,
  state: row.state,
  approvedBy: row.approved_by,
  rejectedBy: row.rejected_by,
  decidedAt: row.decided_at?.toISOString() ?? null,
  decisionReason: row.decision_reason,
  usedAt: row.used_at?.toISOString() ?? null,
  expiresAt: row.expires_at.toISOString(),
  createdAt: row.created_at.toISOString(),
});
