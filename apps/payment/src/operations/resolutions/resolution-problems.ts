/** Refusals that every request with an approval can get. */
export const APPROVAL_PROBLEMS = [
  'payment.frozen',
  'payment.approval.not_found',
  'payment.approval.person_required',
  'payment.approval.not_approved',
  'payment.approval.expired',
  'payment.approval.used',
  'payment.approval.payload_differs',
] as const;

/** Refusals of evidence about an attempt. */
export const EVIDENCE_PROBLEMS = [
  'payment.transaction.not_found',
  'payment.attempt.not_found',
  'payment.resolution.attempt_required',
  'payment.resolution.counter_money',
  'payment.resolution.not_stuck',
  'payment.provider.configuration_invalid',
] as const;

export const SECOND_PERSON = 'Above the limit: a second person first.';
