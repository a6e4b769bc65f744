import type { ErrorCodeRule, ErrorTable } from '../../error-table';

/** The provider decided, and the same request would be decided alike: our data or its registration is wrong. */
const refused = (meaning: string): ErrorCodeRule => ({ final: true, retry: false, fallbackAllowed: true, meaning });
/** Nothing came of it; later or elsewhere it may work. */
const later = (meaning: string): ErrorCodeRule => ({ final: true, retry: true, fallbackAllowed: true, meaning });
/** Decided, with nothing left to try anywhere. */
const settled = (meaning: string): ErrorCodeRule => ({ final: true, retry: false, fallbackAllowed: false, meaning });
/** Decides nothing. */
const open = (meaning: string, retry = true): ErrorCodeRule => ({
  final: false,
  retry,
  fallbackAllowed: false,
  meaning,
});

/** VNPAY QR-MMS, merchant integration documents; codes that three independent code bases agree on. */
export const QR_MMS_ERROR_TABLE: ErrorTable = {
  version: 'vnpay-qr-mms-1',
  codes: {
    CREATE: {
      '00': settled('The QR was made.'),
      '01': refused('The data has the wrong format.'),
      '04': later('The QR could not be stored.'),
      '05': refused('Our address is not allowed.'),
      '06': refused('The checksum is wrong.'),
      '07': refused('The merchant is unknown.'),
      '09': refused('The service code is invalid.'),
      '10': refused('The application id is invalid.'),
      '11': refused('The merchant is not active.'),
      '12': refused('The master merchant code is missing.'),
      '15': refused('The consumer id is missing.'),
      '16': refused('The purpose is missing.'),
      '21': refused('The terminal is invalid.'),
      '24': refused('The terminal is not active.'),
      '96': later('The system is being maintained.'),
      '99': open('Internal error.'),
    },
    QUERY: {
      '00': settled('Paid.'),
      '01': settled('No such transaction on that day.'),
      '02': settled('The day of payment is invalid.'),
      '03': settled('The reference is missing.'),
      '04': settled('The payment failed.'),
      '08': open('In doubt: ask again.'),
      '11': settled('The data is invalid.'),
      '14': settled('Our address is locked.'),
      '99': open('Internal error.'),
    },
    REFUND: {
      '00': settled('Refunded, to be confirmed by the report.'),
      '01': settled('The checksum is wrong.'),
      '02': settled('The amount of the partial refund is wrong.'),
      '03': settled('The amount of the full refund is wrong.'),
      '04': settled('No full refund after a partial one.'),
      '11': settled('The data has the wrong format.'),
      '12': settled('No such transaction.'),
      '14': settled('Our address is not allowed.'),
      '96': { ...later('The system is being maintained.'), fallbackAllowed: false },
      '99': open('Internal error.', false),
    },
    CALLBACK: { '00': settled('The buyer’s money was taken.') },
  },
};
