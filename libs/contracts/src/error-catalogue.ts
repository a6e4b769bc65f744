import { entry } from './error-entry';
import type { ErrorKind } from './error-kind';
import { INVOICE_ERRORS } from './invoice-errors';

const PLATFORM_ERRORS = {
  'request.malformed': entry('MALFORMED', 'Malformed request', 'Send well-formed JSON and headers.'),
  'request.invalid': entry('INVALID', 'Invalid input', 'Correct the members named in errors.'),
  'request.card_number': entry('INVALID', 'Card number refused', 'Remove the card number: this API never takes one.'),
  'request.too_large': entry('TOO_LARGE', 'Body too large', 'Send a smaller body.'),
  'request.unsupported_media_type': entry('UNSUPPORTED', 'Unsupported content type', 'Send application/json.'),
  'request.rate_limited': entry('RATE_LIMITED', 'Too many requests', 'Wait as long as Retry-After says.'),
  'request.cursor_invalid': entry('INVALID', 'Invalid cursor', 'Use nextCursor of the previous page unchanged.'),
  'request.not_found': entry('NOT_FOUND', 'Not found', 'Check the path and the id.'),
  'request.timeout': entry('MALFORMED', 'Request too slow', 'Send the request without long pauses.'),
  'auth.unauthenticated': entry('UNAUTHENTICATED', 'Not authenticated', 'Send a valid bearer token.'),
  'auth.forbidden': entry('FORBIDDEN', 'Not allowed', 'Ask an owner of the merchant for the permission.'),
  'auth.merchant_required': entry(
    'MALFORMED',
    'Active merchant missing',
    'Name one of your merchants in the header x-merchant-id.',
  ),
  'auth.merchant_foreign': entry(
    'FORBIDDEN',
    'Foreign merchant',
    'Name a merchant that you belong to in x-merchant-id.',
  ),
  'auth.merchant_ambiguous': entry(
    'MALFORMED',
    'Active merchant not unique',
    'Send the header x-merchant-id exactly once.',
  ),
  'idempotency.key_invalid': entry(
    'MALFORMED',
    'Invalid Idempotency-Key',
    'Send one key of 1 to 255 printable ASCII characters.',
  ),
  'idempotency.key_reused': entry('INVALID', 'Idempotency-Key reused', 'Use a new key for a new body.'),
  'idempotency.in_progress': entry('CONFLICT', 'Still running', 'Repeat the same request after Retry-After.'),
  'service.unavailable': entry(
    'UNAVAILABLE',
    'Not ready',
    'Repeat the same request after Retry-After; with its Idempotency-Key nothing is done twice.',
  ),
  'service.internal': entry('INTERNAL', 'Internal error', 'Report the request id.'),
} as const;

const PAYMENT_ERRORS = {
  'payment.checkout.active_transaction_exists': entry(
    'CONFLICT',
    'Source has an active transaction',
    'Go on with the transaction in the answer, or cancel it.',
  ),
  'payment.checkout.source_already_settled': entry(
    'CONFLICT',
    'Source is already settled',
    'Nothing is due; refund first if it must be paid again.',
  ),
  'payment.checkout.amount_exceeds_due': entry(
    'CONFLICT',
    'More than what is due',
    'Ask for at most the amount due, or cancel open attempts.',
  ),
  'payment.checkout.total_mismatch': entry(
    'INVALID',
    'Total differs from the transaction',
    'Send the total of the transaction, or leave transactionId out.',
  ),
  'payment.checkout.transaction_closed': entry(
    'CONFLICT',
    'Transaction is closed',
    'Start a new checkout without transactionId.',
  ),
  'payment.checkout.source_mismatch': entry(
    'INVALID',
    'Source differs from the transaction',
    'Send the source of the transaction.',
  ),
  'payment.provider.unknown': entry('INVALID', 'Unknown provider', 'Use a provider of the list in the documentation.'),
  'payment.provider.method_not_supported': entry(
    'INVALID',
    'Method not supported',
    'Use a method that the provider declares.',
  ),
  'payment.provider.not_supported': entry('INVALID', 'Provider not available', 'Choose another provider.'),
  'payment.provider.not_configured': entry(
    'INVALID',
    'Provider not connected',
    'Connect the provider under /configurations.',
  ),
  'payment.provider.configuration_invalid': entry(
    'INVALID',
    'Provider configuration incomplete',
    'Correct the members named in errors under /configurations.',
  ),
  'payment.provider.refused': entry(
    'INVALID',
    'Provider refused',
    'Read providerCode and reason; correct and start again.',
  ),
  'payment.provider.outcome_unknown': entry(
    'OUTCOME_UNKNOWN',
    'Outcome not known yet',
    'Repeat the same request, or verify the attempt; never start another payment for it.',
  ),
  'payment.provider.unavailable': entry(
    'UNAVAILABLE',
    'Provider unavailable',
    'Nothing was sent; retry later or use another provider.',
  ),
  'payment.amount.out_of_window': entry(
    'INVALID',
    'Amount outside the limits',
    'Stay within the limits of the provider.',
  ),
  'payment.currency.not_supported': entry('INVALID', 'Wrong currency', 'Use VND.'),
  'payment.transaction.not_found': entry('NOT_FOUND', 'Transaction not found', 'Check the id and the active merchant.'),
  'payment.attempt.not_found': entry('NOT_FOUND', 'Attempt not found', 'Check the id and the active merchant.'),
  'payment.attempt.expired': entry('CONFLICT', 'Attempt expired', 'Start a new checkout.'),
  'payment.attempt.not_open': entry(
    'CONFLICT',
    'Attempt is not open',
    'Read the attempt; start a new checkout if money is due.',
  ),
  'payment.attempt.outcome_unknown': entry('CONFLICT', 'Attempt has no proven outcome', 'Verify the attempt first.'),
  'payment.attempt.not_counter_payment': entry(
    'INVALID',
    'Not a counter payment',
    'Only attempts of provider SYSTEM are received at the counter.',
  ),
  'payment.counter.tendered_below_amount': entry(
    'INVALID',
    'Tendered below the amount',
    'Take at least the amount of the attempt.',
  ),
  'payment.counter.tendered_not_equal': entry(
    'INVALID',
    'Transfer differs from the amount',
    'A transfer must be exactly the amount of the attempt.',
  ),
  'payment.counter.bank_reference_required': entry(
    'INVALID',
    'Bank reference missing',
    'Send the reference of the transfer.',
  ),
  'payment.counter.bank_reference_used': entry(
    'CONFLICT',
    'Bank reference already used',
    'Check the transfer: one reference pays once.',
  ),
  'payment.counter.not_applicable': entry(
    'CONFLICT',
    'Money cannot be applied whole',
    'Read the transaction: it is closed or less is due.',
  ),
  'payment.cancel.not_cancellable': entry('CONFLICT', 'Cannot be cancelled', 'Read the status; refund what was paid.'),
  'payment.cancel.already_paid': entry('CONFLICT', 'Already paid', 'Refund instead of cancelling.'),
  'payment.refund.not_found': entry('NOT_FOUND', 'Refund not found', 'Check the id and the active merchant.'),
  'payment.refund.reference_used': entry(
    'CONFLICT',
    'Client reference already used',
    'Use a new clientReference for another refund; the answer shows the first one.',
  ),
  'payment.refund.transaction_blocked': entry(
    'CONFLICT',
    'Transaction is blocked',
    'Wait until an operator has unblocked the transaction.',
  ),
  'payment.refund.chargeback_open': entry(
    'CONFLICT',
    'A chargeback is open',
    'Wait for the end of the chargeback: the buyer would be paid twice.',
  ),
  'payment.refund.attempts_open': entry(
    'CONFLICT',
    'Attempts are open',
    'Cancel the open attempts of the transaction first.',
  ),
  'payment.refund.exceeds_refundable': entry(
    'CONFLICT',
    'More than is refundable',
    'Ask for at most what was paid and not given back yet.',
  ),
  'payment.refund.exceeds_attempt': entry(
    'CONFLICT',
    'More than the attempt bears',
    'Ask for at most what the attempt bears; the answer shows it.',
  ),
  'payment.refund.attempt_required': entry(
    'INVALID',
    'No single attempt bears the amount',
    'Divide the amount and name the attemptId of each part; the answer shows what each bears.',
  ),
  'payment.refund.in_flight': entry(
    'CONFLICT',
    'A refund of the attempt is on its way',
    'Wait for its end; two at once cannot be told apart at the provider.',
  ),
  'payment.refund.part_not_possible': entry(
    'CONFLICT',
    'Only whole refunds',
    'Ask for the whole amount of the attempt: its provider gives back no part.',
  ),
  'payment.refund.failure_not_proven': entry(
    'CONFLICT',
    'The provider has not failed',
    'Refund to the original method first; by hand only after that has provably failed.',
  ),
  'payment.refund.evidence_missing': entry(
    'INVALID',
    'Evidence missing',
    'Send evidence: the number of the receipt, or the reference of the transfer.',
  ),
  'payment.refund.by_hand_only': entry(
    'CONFLICT',
    'The provider gives nothing back',
    'Give it back by hand: refundToOriginalMethod false, with evidence.',
  ),
  'payment.refund.not_failed': entry(
    'CONFLICT',
    'Refund has not failed',
    'Only a failed refund is tried again; read its status.',
  ),
  'payment.resolution.attempt_required': entry(
    'INVALID',
    'Attempt not named',
    'Name one of the attempts in the answer.',
  ),
  'payment.resolution.counter_money': entry(
    'INVALID',
    'Counter money',
    'Receive it at the counter, or refund it; no provider has a word in it.',
  ),
  'payment.resolution.not_stuck': entry(
    'CONFLICT',
    'Not stuck',
    'Wait for its end, or cancel it; evidence is for what ends by nothing else.',
  ),
  'payment.transaction.not_blockable': entry(
    'CONFLICT',
    'Transaction is closed',
    'It takes and gives no money anyway.',
  ),
  'payment.transaction.not_blocked': entry('CONFLICT', 'Transaction is not blocked', 'Read its status.'),
  'payment.transaction.still_broken': entry(
    'CONFLICT',
    'Transaction does not add up',
    'Put right what the answer names, by a journal, then unblock.',
  ),
  'payment.suspense.not_found': entry('NOT_FOUND', 'Suspense item not found', 'Check the id.'),
  'payment.suspense.not_matched': entry('CONFLICT', 'Belongs to no attempt', 'Match it to an attempt first.'),
  'payment.suspense.matched': entry('CONFLICT', 'Belongs to an attempt', 'Read the item; accept or refund it.'),
  'payment.suspense.not_acceptable': entry(
    'CONFLICT',
    'Cannot be accepted',
    'Read what is due and what the attempt asked for; refund it instead.',
  ),
  'payment.suspense.not_refundable': entry('CONFLICT', 'Cannot be refunded now', 'Read why; retry or wait.'),
  'payment.finding.not_found': entry('NOT_FOUND', 'Finding not found', 'Check the id.'),
  'payment.finding.not_open': entry('CONFLICT', 'Finding is resolved', 'Reopen it first, with a note.'),
  'payment.finding.not_resolved': entry('CONFLICT', 'Finding is open', 'There is no outcome to take back.'),
  'payment.finding.money_waits': entry(
    'CONFLICT',
    'Money waits in suspense',
    'Accept it for a sale or have it refunded; that closes the finding.',
  ),
  'payment.approval.not_found': entry('NOT_FOUND', 'Approval not found', 'Check the id.'),
  'payment.approval.own': entry('FORBIDDEN', 'Own request', 'Ask another person to approve it.'),
  'payment.approval.person_required': entry(
    'FORBIDDEN',
    'A person is needed',
    "Call the operators' route with your own token.",
  ),
  'payment.approval.not_pending': entry('CONFLICT', 'Decided already', 'Read the approval; ask anew if need be.'),
  'payment.approval.not_approved': entry('CONFLICT', 'Not approved', 'Wait until a second person has approved it.'),
  'payment.approval.expired': entry('CONFLICT', 'Approval expired', 'Send the request without approvalId to ask anew.'),
  'payment.approval.used': entry('CONFLICT', 'Approval used', 'Look whether it was done; ask anew for another.'),
  'payment.approval.payload_differs': entry(
    'INVALID',
    'Approved was something else',
    'Send exactly the request that was approved, with its approvalId.',
  ),
  'payment.chargeback.not_found': entry('NOT_FOUND', 'Chargeback not found', 'Check the id and the active merchant.'),
  'payment.chargeback.exists': entry('CONFLICT', 'Case is known', 'Read the chargeback of this reference.'),
  'payment.chargeback.nothing_to_contest': entry(
    'CONFLICT',
    'Nothing to contest',
    'Name a transaction that was paid through a provider.',
  ),
  'payment.chargeback.exceeds_paid': entry('CONFLICT', 'More than was paid', 'Ask for at most what was paid.'),
  'payment.chargeback.ended': entry('CONFLICT', 'Chargeback is decided', 'Read it; a finding tells of the difference.'),
  'payment.frozen': entry(
    'UNAVAILABLE',
    'Stopped by operators',
    'Nothing was done; repeat the same request after Retry-After.',
  ),
  'payment.freeze.not_found': entry('NOT_FOUND', 'Freeze not found', 'Check the id.'),
  'payment.freeze.not_active': entry('CONFLICT', 'Freeze is over', 'Nothing has to be lifted.'),
  'payment.configuration.not_found': entry(
    'NOT_FOUND',
    'Configuration not found',
    'Check the id and the active merchant.',
  ),
  'payment.configuration.exists': entry('CONFLICT', 'Configuration exists', 'Update the existing configuration.'),
  'payment.webhook_config.not_found': entry(
    'NOT_FOUND',
    'Webhook subscription not found',
    'Check the id and the active merchant.',
  ),
  'payment.webhook_config.switched_off': entry('CONFLICT', 'Subscription switched off', 'Activate the subscription.'),
  'payment.webhook_config.not_signed': entry(
    'CONFLICT',
    'Subscription without signature',
    'Make a subscription with another signing method.',
  ),
  'payment.webhook_config.url_refused': entry('INVALID', 'URL refused', 'Use a public https address.'),
  'payment.webhook_delivery.not_found': entry(
    'NOT_FOUND',
    'Delivery not found',
    'Check the id and the active merchant.',
  ),
  'payment.ipn.not_implemented': entry('NOT_IMPLEMENTED', 'Protocol not known', 'Do not call this address yet.'),
} as const;

const SIGNAL_ERRORS = {
  'signal.notification.not_found': entry('NOT_FOUND', 'Notification not found', 'Check the id.'),
  'signal.client.not_found': entry('NOT_FOUND', 'Client not connected', 'List the clients again.'),
} as const;

/** Every code that an answer can carry. A code is never renamed or reused: clients switch on it. */
export const ERROR_CATALOGUE = { ...PLATFORM_ERRORS, ...PAYMENT_ERRORS, ...INVOICE_ERRORS, ...SIGNAL_ERRORS } as const;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  MALFORMED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  TOO_LARGE: 413,
  UNSUPPORTED: 415,
  INVALID: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  NOT_IMPLEMENTED: 501,
  UNAVAILABLE: 503,
  OUTCOME_UNKNOWN: 504,
};

/** HTTP status of a code. */
export const statusOf = (code: ErrorCode): number => STATUS_OF_KIND[ERROR_CATALOGUE[code].kind];
