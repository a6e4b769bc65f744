import { AppError } from '@nx/contracts';
import type { ApprovalRow } from './approval';

export const approvalNotFound = (): AppError =>
  new AppError({ code: 'payment.approval.not_found', detail: 'There is no such approval.' });

/** A call from the machine itself is nobody whom one could ask later. */
export const personRequired = (what: string): AppError =>
  new AppError({
    code: 'payment.approval.person_required',
    detail: `${what} takes a person: call with an operator's token, not from the machine itself.`,
  });

/** Why an approval cannot be used now; its state says it. */
export const notUsable = ({ id, state, expires_at: expiresAt }: ApprovalRow): AppError => {
  const extra = { approvalId: id, state };
  if (state === 'EXPIRED') {
    return new AppError({
      code: 'payment.approval.expired',
      detail: `The approval ended at ${expiresAt.toISOString()}.`,
      extra,
    });
  }
  if (state === 'USED') {
    return new AppError({ code: 'payment.approval.used', detail: 'The approval was used already.', extra });
  }
  const detail = state === 'REJECTED' ? 'The approval was refused.' : 'Nobody has approved it yet.';
  return new AppError({ code: 'payment.approval.not_approved', detail, extra });
};
