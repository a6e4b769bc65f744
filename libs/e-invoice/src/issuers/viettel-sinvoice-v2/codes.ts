import { rowOf, type CodeMeaning, type CodeTable } from '../code-table';

/** Codes of createInvoice that public sources show. */
export const CREATE_CODES: CodeTable = {
  INVOICE_SERIAL_NOT_FOUND: {
    outcome: 'REFUSED',
    permanent: false,
    heldBefore: true,
    meaning: 'the series is not registered on this account',
  },
  TEMPLATE_NOT_FOUND: {
    outcome: 'REFUSED',
    permanent: false,
    heldBefore: true,
    meaning: 'the account has no such template; correct templateCode',
  },
  TRANSACTION_UUID_INVALID: {
    outcome: 'UNKNOWN',
    reason: 'DUPLICATE_REQUEST',
    meaning: 'the transactionUuid was used, for an invoice or for a draft',
  },
  NOT_FOUND_DATA: { outcome: 'UNKNOWN', reason: 'UNLISTED_CODE', meaning: 'known from look-ups only' },
  GENERAL: { outcome: 'UNKNOWN', reason: 'SERVER_ERROR', meaning: 'an expired token or any other fault' },
};

/** The full list is unpublished, so other codes are read by the words in them; the first row that fits holds. */
const KEYWORDS: readonly (readonly [RegExp, CodeMeaning])[] = [
  [
    /DUPLICAT|(?<!NOT_?)EXIST|ALREADY|TRANSACTION_?UUID/,
    { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST', meaning: 'something is there already' },
  ],
  [
    /GENERAL|SYSTEM|INTERNAL|EXCEPTION|TIMEOUT|TIME_OUT|UNKNOWN|UNAVAILABLE/,
    { outcome: 'UNKNOWN', reason: 'SERVER_ERROR', meaning: 'a fault of the vendor' },
  ],
  [
    /SERI(AL|ES)|TEMPLATE|TOKEN|UNAUTHORI[SZ]ED|PERMISSION|FORBIDDEN|LICENSE|CERT/,
    { outcome: 'REFUSED', permanent: false, meaning: 'the account lacks something' },
  ],
];

/** What a code of createInvoice says. A code without a known word in it is the vendor's no to this invoice. */
export function createMeaning(code: string): CodeMeaning {
  const row = rowOf(CREATE_CODES, code) ?? KEYWORDS.find(([pattern]) => pattern.test(code.toUpperCase()))?.[1];
  return row ?? { outcome: 'REFUSED', permanent: true, meaning: 'refused' };
}

/** A look-up's "no invoice": a draft under the key is answered the same way. */
export const NOT_FOUND_CODE = 'NOT_FOUND_DATA';
