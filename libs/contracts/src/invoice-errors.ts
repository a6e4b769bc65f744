import { entry } from './error-entry';

/** The codes of the invoice service. */
export const INVOICE_ERRORS = {
  'invoice.invoice.not_found': entry('NOT_FOUND', 'Invoice not found', 'Check the id and the active merchant.'),
  'invoice.invoice.exists': entry('CONFLICT', 'Source has an invoice', 'Use the invoice in the answer.'),
  'invoice.invoice.state': entry('CONFLICT', 'State does not allow it', 'Read the invoice and its audit trail.'),
  'invoice.invoice.issued': entry(
    'CONFLICT',
    'Already issued',
    'Adjust or replace an issued invoice; it cannot be cancelled.',
  ),
  'invoice.invoice.totals': entry('INVALID', 'Totals do not add up', 'Correct the amounts named in errors.'),
  'invoice.correction.state': entry(
    'CONFLICT',
    'Cannot be corrected now',
    'Read its status, its corrections and what the detail says.',
  ),
  'invoice.correction.method': entry(
    'INVALID',
    'Another correction is prescribed',
    'Use one of the actions in `allowed`, or name the cause that is true.',
  ),
  'invoice.correction.lines': entry(
    'INVALID',
    'Lines cannot be adjusted so',
    'Correct the lines named in errors; no more than is left can be taken back.',
  ),
  'invoice.correction.buyer': entry('INVALID', 'Replacement changes nothing', 'Give items with total, or a buyer.'),
  'invoice.correction.reference_used': entry(
    'CONFLICT',
    'Return was adjusted otherwise',
    'Use the adjustment in the answer, or a reference of its own for another return.',
  ),
  'invoice.correction.configuration': entry(
    'INVALID',
    'Configuration does not fit the original',
    'Name an active configuration of the same form in invoiceProviderConfigId.',
  ),
  'invoice.correction.seller': entry(
    'CONFLICT',
    'Seller changed since',
    'Correct it on the pages of the provider under the old tax code.',
  ),
  'invoice.correction.not_supported': entry(
    'NOT_IMPLEMENTED',
    'Provider has no such call',
    'Do it on the pages of the provider.',
  ),
  'invoice.failover.not_proven': entry(
    'CONFLICT',
    'Not proven to be issued nowhere',
    'Wait until its look-ups have proven it, or have it issued by its provider.',
  ),
  'invoice.finding.not_found': entry('NOT_FOUND', 'Finding not found', 'Check the id.'),
  'invoice.finding.resolved': entry('CONFLICT', 'Finding is closed', 'Read who closed it and how.'),
  'invoice.mapping.not_found': entry(
    'INVALID',
    'No mapping for the channel',
    'Map the sale channel under /invoice-config-mappings.',
  ),
  'invoice.mapping.exists': entry('CONFLICT', 'Channel is mapped', 'Update the existing mapping.'),
  'invoice.partitions.changed': entry(
    'CONFLICT',
    'Another number of partitions',
    'Read the present number and ask again.',
  ),
  'invoice.provider.not_found': entry(
    'NOT_FOUND',
    'Invoice provider not found',
    'Check the id and the active merchant.',
  ),
  'invoice.provider.unknown': entry(
    'INVALID',
    'Unknown invoice provider',
    'Use a provider of the list in the documentation.',
  ),
  'invoice.provider.seller_numbers': entry(
    'INVALID',
    'Provider takes numbers from the seller',
    'Connect a provider that numbers invoices itself; this service gives no numbers.',
  ),
  'invoice.provider.exists': entry('CONFLICT', 'Invoice provider exists', 'Update the existing connection.'),
  'invoice.provider.unavailable': entry('UNAVAILABLE', 'Invoice provider unavailable', 'Retry later.'),
  'invoice.provider.refused': entry('INVALID', 'Invoice provider refused', 'Read the message; correct the connection.'),
  'invoice.provider_config.not_found': entry(
    'NOT_FOUND',
    'Provider configuration not found',
    'Check the id and the active merchant.',
  ),
  'invoice.provider_config.in_use': entry(
    'CONFLICT',
    'Provider configuration in use',
    'Remove the mappings that use it first.',
  ),
  'invoice.request.not_found': entry('NOT_FOUND', 'Invoice request not found', 'Check the id and the active merchant.'),
  'invoice.resync.not_found': entry('NOT_FOUND', 'Reading not found', 'Look at the list of the newest readings.'),
  'invoice.claim.not_available': entry(
    'NOT_FOUND',
    'Claim not available',
    'Scan the code of your receipt again, or ask the shop.',
  ),
  'invoice.claim.used': entry('CONFLICT', 'Claim already used', 'The buyer has claimed this invoice.'),
  'invoice.claim.expired': entry('CONFLICT', 'Claim expired', 'Issue a replacement for this buyer.'),
  'invoice.claim.not_pending': entry('CONFLICT', 'Claim is not pending', 'Read the state of the request.'),
  'invoice.buyer.invalid': entry('INVALID', 'Buyer data incomplete', 'Correct the members named in errors.'),
  'invoice.tax_code.invalid': entry('INVALID', 'Invalid tax code', 'Check the digits of the tax code.'),
  'invoice.tax_info.not_found': entry('NOT_FOUND', 'Tax data not found', 'Enter the data by hand.'),
  'invoice.province.not_found': entry('NOT_FOUND', 'Province not found', 'Use a code of /vn-provinces.'),
  'invoice.document.not_available': entry(
    'CONFLICT',
    'Document not available yet',
    'Wait until the invoice is issued.',
  ),
  'invoice.webhook.signature': entry(
    'UNAUTHENTICATED',
    'Bad signature',
    'Sign timestamp and body with the shared secret.',
  ),
  'invoice.webhook.replayed': entry('CONFLICT', 'Notice repeated', 'Send each notice once, under an id of its own.'),
} as const;
