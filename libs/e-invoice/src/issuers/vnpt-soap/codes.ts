import type { CodeMeaning, CodeTable } from '../code-table';

const account = (meaning: string): CodeMeaning => ({ outcome: 'REFUSED', permanent: false, meaning });
const invoice = (meaning: string): CodeMeaning => ({ outcome: 'REFUSED', permanent: true, meaning });
const duplicate = (meaning: string): CodeMeaning => ({ outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST', meaning });
const fault = (meaning: string): CodeMeaning => ({ outcome: 'UNKNOWN', reason: 'SERVER_ERROR', meaning });

/**
 * `ERR:n` of ImportAndPublishInv. ERR:5 is told as rolled back, and also as any fault of the vendor's system; a rollback
 * that went wrong answers the same, so it is looked up rather than believed.
 */
export const PUBLISH_CODES: CodeTable = {
  '1': account('the login is wrong or lacks the permission'),
  '3': invoice('the XML is not as prescribed'),
  '5': fault('could not issue, rolled back'),
  '6': account('the series has not enough numbers left'),
  '7': account('no company belongs to the service user'),
  '10': invoice('too many invoices in one call'),
  '13': duplicate('the Fkey was used'),
  '20': account('pattern and serial do not fit each other or the account'),
  '21': duplicate('the number was used'),
  '29': account('the certificate has expired'),
  '30': invoice('the date lies before the last issued invoice of the series'),
  '35': account('pattern and serial must be given'),
};

/** `ERR:n` of adjusting and replacing: the same numbers as above with other meanings. */
export const BUSINESS_CODES: CodeTable = {
  '1': account('the login is wrong or lacks the permission'),
  '2': invoice('the original is not found'),
  '3': invoice('the XML is not as prescribed'),
  '5': fault('could not issue, rolled back'),
  '6': account('the series has no numbers left'),
  '7': account('no company belongs to the service user'),
  '8': invoice('the original was replaced or adjusted already'),
  '8.1': invoice('the original was converted'),
  '9': invoice('the state of the original does not allow it'),
  '13': duplicate('the Fkey of the new invoice was used'),
  '14': fault('a fault while the number was given'),
  '15': invoice('the XML cannot be read'),
  '19': invoice('the pattern is not that of the original'),
  '20': account('pattern and serial do not fit each other or the account'),
  '21': duplicate('the Fkey was used'),
  '29': account('the certificate has expired'),
  '30': invoice('the date lies before the last issued invoice of the series'),
  '60': invoice("the original differs in having the authority's code"),
  '61': invoice('the original is of another form'),
  '62': invoice('originals sent one by one cannot be changed in a summary series'),
};

/** What `ERR:n` of the portal's methods says about an invoice. Each but the absent one is FAILED. */
export interface PortalMeaning {
  readonly absent: boolean;
  /** The vendor knows the invoice, in a state that shows nothing. */
  readonly unsettled: boolean;
  readonly meaning: string;
}

const portal = (meaning: string): PortalMeaning => ({ absent: false, unsettled: false, meaning });

/** `ERR:n` of look-ups and downloads. */
export const PORTAL_CODES: Readonly<Record<string, PortalMeaning>> = {
  '1': portal('the login is wrong or lacks the permission'),
  '2': portal('the key cannot be read'),
  '4': portal('the company has no template'),
  '6': { absent: true, unsettled: false, meaning: 'there is no such invoice' },
  '7': portal('no company belongs to the service user'),
  '11': { absent: false, unsettled: true, meaning: 'the invoice is not marked paid' },
  '12': { absent: false, unsettled: true, meaning: 'the authority has not accepted the invoice (with its code)' },
  '13': { absent: false, unsettled: true, meaning: 'the authority has not accepted the invoice (without its code)' },
};
