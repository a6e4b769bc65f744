import type { ErrorCodeRule, ErrorTable } from '../../error-table';

/** Decided; a new attempt may work, here or elsewhere. */
const failed = (meaning: string): ErrorCodeRule => ({ final: true, retry: true, fallbackAllowed: true, meaning });
/** Decided: our data or its registration is wrong, and the same request would be decided alike. */
const refused = (meaning: string): ErrorCodeRule => ({ final: true, retry: false, fallbackAllowed: true, meaning });
/** Decided, with nothing left to try anywhere. */
const settled = (meaning: string): ErrorCodeRule => ({ final: true, retry: false, fallbackAllowed: false, meaning });
/** Decides nothing. */
const open = (meaning: string, retry = false): ErrorCodeRule => ({
  final: false,
  retry,
  fallbackAllowed: false,
  meaning,
});

/** `vnp_ResponseCode` of return and IPN, with the older codes that the pay page itself gives. */
const PAY_CODES: Readonly<Record<string, ErrorCodeRule>> = {
  '00': settled('Paid.'),
  '01': refused('The transaction exists already.'),
  '02': refused('The merchant is invalid.'),
  '03': refused('The data has the wrong format.'),
  '04': refused('The site is locked.'),
  '07': open('Debited and suspicious: the merchant has to accept or decline it.'),
  '08': failed('The bank is being maintained.'),
  '09': failed('The card or account is not registered for Internet Banking.'),
  '10': failed('Wrong card or account data more than three times.'),
  '11': failed('The time to pay is over.'),
  '12': failed('The card or account is locked.'),
  '13': failed('Wrong one-time password.'),
  '24': failed('The buyer cancelled.'),
  '51': failed('Not enough money in the account.'),
  '65': failed('The daily limit of the account is used up.'),
  '75': failed('The bank is being maintained.'),
  '79': failed('Wrong payment password too often.'),
  '97': refused('The checksum is wrong.'),
  '99': failed('Another error.'),
};

/** VNPAY 2.1.0: pay, querydr, refund; 08 and 11 of the status are in the technical specification alone. */
export const GATEWAY_ERROR_TABLE: ErrorTable = {
  version: 'vnpay-gateway-1',
  codes: {
    QUERY: {
      '00': settled('Answered.'),
      '02': refused('The terminal is invalid.'),
      '03': refused('The data has the wrong format.'),
      '91': settled('No such transaction.'),
      '94': open('Asked twice or too soon: ask later.', true),
      '97': refused('The checksum is wrong.'),
      '99': open('Another error.', true),
    },
    REFUND: {
      '00': settled('Accepted; the end is still to come.'),
      '02': settled('The terminal is invalid.'),
      '03': settled('The data has the wrong format.'),
      '91': settled('No such transaction.'),
      '94': open('A refund of it is being processed.'),
      '95': settled('The payment was not successful.'),
      '97': settled('The checksum is wrong.'),
      '99': open('Another error.'),
    },
    CALLBACK: PAY_CODES,
  },
};

/** `vnp_TransactionStatus` of payments and refunds. */
export const TRANSACTION_STATUS_CODES: Readonly<Record<string, ErrorCodeRule>> = {
  '00': settled('Successful.'),
  '01': open('Not finished.', true),
  '02': failed('Failed.'),
  '04': open('Reversed: debited at the bank and not successful at VNPAY.'),
  '05': open('VNPAY is processing the refund.', true),
  '06': settled('The refund was sent to the bank.'),
  '07': open('Suspected fraud.'),
  '08': failed('Timed out.'),
  '09': settled('The refund was refused.'),
  '11': failed('Cancelled.'),
};

/** Our answer to an IPN and what VNPAY makes of it. */
export interface IpnAnswerRule {
  readonly message: string;
  /** VNPAY calls again: at most `IPN_MAXIMUM_CALLS` in total, `IPN_PAUSE_MS` apart. */
  readonly repeated: boolean;
}

export const IPN_MAXIMUM_CALLS = 10;
export const IPN_PAUSE_MS = 5 * 60_000;

/** The answers of the official page. A 03 for a foreign address stands in one library alone and is never sent. */
export const IPN_ANSWERS = {
  '00': { message: 'Confirm Success', repeated: false },
  '01': { message: 'Order not found', repeated: true },
  '02': { message: 'Order already confirmed', repeated: false },
  '04': { message: 'Invalid amount', repeated: true },
  '97': { message: 'Invalid signature', repeated: true },
  '99': { message: 'Unknown error', repeated: true },
} as const satisfies Readonly<Record<string, IpnAnswerRule>>;

export type IpnAnswerCode = keyof typeof IPN_ANSWERS;
