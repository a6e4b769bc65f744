import { QR_MMS_CALLBACK_SHAPE } from './callback';
import type { QrMmsChecksumStyle, QrMmsMessageField, QrMmsMessageLayout, QrMmsMessageValues } from './message-layout';

/** What may be left out of a field's description. */
type Rule = Partial<Omit<QrMmsMessageField<string>, 'name' | 'maximum'>>;

const must = <Name extends string>(name: Name, maximum: number, rule: Rule = {}): QrMmsMessageField<Name> => ({
  name,
  maximum,
  mandatory: true,
  ...rule,
});
const may = <Name extends string>(name: Name, maximum: number, rule: Rule = {}): QrMmsMessageField<Name> => ({
  ...must(name, maximum, rule),
  mandatory: false,
});

/** Whole VND, not multiplied. */
const AMOUNT = { pattern: /^(?:0|[1-9][0-9]*)$/ };
/** Printable ASCII: names carry no accents. */
const PLAIN = { pattern: /^[\x20-\x7e]+$/ };
const COMPACT_TIME = { pattern: /^[0-9]{14}$/ };

const layout = <Name extends string>(
  checksumName: 'checksum' | 'checkSum',
  style: QrMmsChecksumStyle,
  upperCase: boolean,
  fields: readonly QrMmsMessageField<Name>[],
  covered: readonly NoInfer<Name>[],
  missing?: (values: QrMmsMessageValues<NoInfer<Name>>) => NoInfer<Name> | null,
): QrMmsMessageLayout<Name> => ({
  checksumName,
  style,
  upperCase,
  fields,
  covered,
  ...(missing === undefined ? {} : { missing }),
});

/** What the kind of payment makes mandatory: 01 an order (txnId), 03 a terminal's bill, 04 billing of a customer. */
const BY_PAY_TYPE = { '01': ['txnId'], '03': ['billNumber'], '04': ['consumerID', 'purpose'] } as const;

/** createQrcode, merchant to VNPAY. Bill number, description, consumer and purpose stand outside the checksum. */
export const CREATE_REQUEST = layout(
  'checksum',
  'JOINED',
  true,
  [
    must('appId', 100),
    must('merchantName', 25, PLAIN),
    must('serviceCode', 20),
    must('countryCode', 2, { pattern: /^VN$/ }),
    must('masterMerCode', 100),
    must('merchantType', 9),
    must('merchantCode', 20),
    may('payloadFormat', 0),
    must('terminalId', 8),
    must('payType', 4),
    may('productId', 20),
    may('txnId', 15),
    may('billNumber', 20),
    must('amount', 13, AMOUNT),
    may('tipAndFee', 20),
    must('ccy', 3, { pattern: /^704$/ }),
    may('expDate', 14, { pattern: /^[0-9]{10}$/ }),
    may('desc', 19),
    may('consumerID', 20),
    may('purpose', 19),
  ],
  [
    'appId',
    'merchantName',
    'serviceCode',
    'countryCode',
    'masterMerCode',
    'merchantType',
    'merchantCode',
    'terminalId',
    'payType',
    'productId',
    'txnId',
    'amount',
    'tipAndFee',
    'ccy',
    'expDate',
  ],
  (values) => {
    const payType = values.payType ?? '';
    const names = Object.hasOwn(BY_PAY_TYPE, payType) ? BY_PAY_TYPE[payType as keyof typeof BY_PAY_TYPE] : [];
    return names.find((name) => !values[name]) ?? null;
  },
);

/** The answer to createQrcode: `data` is the text of the QR. A null `url` is hashed as the word. */
export const CREATE_RESPONSE = layout(
  'checksum',
  'JOINED',
  true,
  [must('code', 10), may('message', 255), may('data', 2_953), may('url', 2_000)],
  ['code', 'message', 'data', 'url'],
);

/** CheckTrans, merchant to VNPAY; the day of payment as `dd/MM/yyyy`. */
export const CHECK_REQUEST = layout(
  'checkSum',
  'JOINED',
  false,
  [
    must('txnId', 20),
    must('merchantCode', 20),
    must('terminalID', 8),
    must('payDate', 10, { pattern: /^[0-9]{2}\/[0-9]{2}\/[0-9]{4}$/ }),
  ],
  ['payDate', 'txnId', 'merchantCode', 'terminalID'],
);

/** The answer to CheckTrans. Undocumented: the bank code comes before the trace, code and message are not covered. */
export const CHECK_RESPONSE = layout(
  'checkSum',
  'JOINED_EMPTY',
  true,
  [
    must('code', 10),
    may('message', 255),
    may('masterMerchantCode', 100),
    may('merchantCode', 20),
    may('terminalID', 8),
    may('billNumber', 20),
    may('txnId', 20),
    may('payDate', 19, { pattern: /^[0-9]{2}\/[0-9]{2}\/[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}$/ }),
    may('qrTrace', 20),
    may('bankCode', 20),
    may('debitAmount', 13, AMOUNT),
    may('realAmount', 13, AMOUNT),
  ],
  [
    'masterMerchantCode',
    'merchantCode',
    'terminalID',
    'txnId',
    'payDate',
    'bankCode',
    'qrTrace',
    'debitAmount',
    'realAmount',
  ],
);

/** Refund, merchant to VNPAY. `refundTxnId` is a number; type 1 gives all back, 2 a part. */
export const REFUND_REQUEST = layout(
  'checkSum',
  'SECRET_FIRST',
  false,
  [
    must('merchantCode', 20),
    must('qrTrace', 20),
    must('payTxnId', 20),
    must('refundTxnId', 15, { numeric: true, pattern: /^[1-9][0-9]*$/ }),
    must('typeRefund', 1, { pattern: /^[12]$/ }),
    must('amount', 13, AMOUNT),
    must('refundContent', 255),
    must('payDate', 14, COMPACT_TIME),
  ],
  ['merchantCode', 'qrTrace', 'payTxnId', 'refundTxnId', 'typeRefund', 'amount', 'payDate'],
);

/** The answer to a refund. Its checksum holds no secret: it shows that nothing was lost, not who wrote it. */
export const REFUND_RESPONSE = layout(
  'checkSum',
  'OPEN',
  true,
  [must('code', 10), may('message', 255), may('qrTraceRefund', 20), may('refundDate', 14, COMPACT_TIME)],
  ['code', 'message', 'qrTraceRefund', 'refundDate'],
);

/**
 * "Merchant payment", VNPAY to merchant. `message`, `terminalId`, `masterMerCode` and `addData` prove nothing. The
 * documents give the bank code 10 characters, and VNPAY's own wallet is called VNPAYEWALLET.
 */
export const CALLBACK = layout(
  'checksum',
  'JOINED_EMPTY',
  true,
  [
    must('code', 10),
    may('message', 100),
    must('msgType', 10),
    must('txnId', 20),
    must('qrTrace', 10),
    must('bankCode', 20),
    may('mobile', 20),
    may('accountNo', 30),
    must('amount', 13, AMOUNT),
    must('payDate', 14, COMPACT_TIME),
    may('masterMerCode', 100),
    must('merchantCode', 20),
    may('terminalId', 8),
    may('ccy', 3),
  ],
  coveredByCallback(),
);

/** The covered members as the callback's own reader knows them, so that both directions agree. */
function coveredByCallback(): readonly CoveredByCallback[] {
  return QR_MMS_CALLBACK_SHAPE.signed.filter((name): name is CoveredByCallback => name !== 'checksum');
}

type CoveredByCallback = Exclude<keyof typeof QR_MMS_CALLBACK_SHAPE.names, 'checksum'>;

/** Every message of QR-MMS, for a merchant's side and for one that plays VNPAY. */
export const QR_MMS_MESSAGES = {
  createRequest: CREATE_REQUEST,
  createResponse: CREATE_RESPONSE,
  checkRequest: CHECK_REQUEST,
  checkResponse: CHECK_RESPONSE,
  refundRequest: REFUND_REQUEST,
  refundResponse: REFUND_RESPONSE,
  callback: CALLBACK,
} as const;
