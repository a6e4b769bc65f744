import type { Drawn } from '../faults/faults';
import { newId } from '../shared/ids';
import { parseShortMinute } from '../shared/vietnam-time';
import { createAnswerChecksum, createChecksum, sameChecksum } from './checksums';
import { buildQr } from './emv';
import type { QrCode, QrMerchant } from './model';

type Body = Readonly<Record<string, unknown>>;

export interface CreateAnswer {
  readonly code: string;
  readonly message: string;
  readonly data: string | null;
  readonly url: null;
  readonly checksum: string;
  readonly isDelete: boolean;
  readonly idQrcode: string | null;
}

/** Member, longest length, mandatory. */
const MEMBERS: readonly (readonly [string, number, boolean])[] = [
  ['appId', 100, true],
  ['merchantName', 25, true],
  ['serviceCode', 20, true],
  ['countryCode', 2, true],
  ['merchantType', 9, true],
  ['merchantCode', 20, true],
  ['payloadFormat', 0, false],
  ['terminalId', 8, true],
  ['payType', 4, true],
  ['productId', 20, false],
  ['txnId', 15, false],
  ['billNumber', 20, false],
  ['amount', 13, true],
  ['tipAndFee', 20, false],
  ['ccy', 3, true],
  ['expDate', 14, false],
  ['desc', 19, false],
];

function formatProblem(body: Body): string | undefined {
  for (const [name, longest, mandatory] of MEMBERS) {
    const value = body[name];
    if (value === undefined || value === null || value === '') {
      if (mandatory) return `${name} is missing`;
    } else if (typeof value !== 'string') {
      return `${name} is not a text`;
    } else if (value.length > longest) {
      return `${name} is longer than ${longest}`;
    }
  }
  if (!/^[\x20-\x7e]+$/.test(String(body['merchantName']))) return 'merchantName has accents';
  if (!/^[1-9]\d{0,12}$/.test(String(body['amount']))) return 'amount is not a whole number of dong';
  if (body['ccy'] !== '704') return 'ccy is not 704';
  if (body['countryCode'] !== 'VN') return 'countryCode is not VN';
  return referenceProblem(body) ?? expiryProblem(body);
}

function referenceProblem(body: Body): string | undefined {
  const name = body['payType'] === '03' ? 'billNumber' : 'txnId';
  const value = body[name];
  if (body['payType'] !== '03' && body['payType'] !== '01') return 'payType is not served here';
  if (typeof value !== 'string' || !/^[A-Za-z0-9_]{1,20}$/.test(value))
    return `${name} is missing or has wrong characters`;
  return undefined;
}

function expiryProblem(body: Body): string | undefined {
  const value = body['expDate'];
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' && parseShortMinute(value) !== undefined ? undefined : 'expDate is not yyMMddHHmm';
}

/** The first code of the vendor's table that applies, or undefined when a QR may be made. */
function refusal(body: Body, merchant: QrMerchant | undefined): readonly [string, string] | undefined {
  if (body['masterMerCode'] === undefined || body['masterMerCode'] === '') return ['12', 'masterMerCode is empty'];
  if (body['payType'] === '04' && !body['consumerID']) return ['15', 'consumerID is empty'];
  if (body['payType'] === '04' && !body['purpose']) return ['16', 'purpose is empty'];
  const problem = formatProblem(body);
  if (problem !== undefined) return ['01', `Bad format: ${problem}`];
  if (body['serviceCode'] !== '03') return ['09', 'Bad serviceCode'];
  if (merchant === undefined || body['masterMerCode'] !== merchant.masterMerCode) return ['07', 'Merchant unknown'];
  if (!merchant.active) return ['11', 'Merchant inactive'];
  if (body['appId'] !== merchant.appId) return ['10', 'Bad appId'];
  if (body['terminalId'] !== merchant.terminalId) return ['21', 'Terminal invalid'];
  if (!merchant.terminalActive) return ['24', 'Terminal inactive'];
  if (!sameChecksum(createChecksum(body, merchant.secrets.create), body['checksum'])) return ['06', 'Wrong checksum'];
  return undefined;
}

export function createAnswer(
  code: string,
  message: string,
  qr: QrCode | undefined,
  merchant: QrMerchant | undefined,
  spoilSignature = false,
): CreateAnswer {
  const data = qr?.qrContent ?? null;
  const secret = merchant?.secrets.create;
  const checksum =
    secret === undefined ? '' : createAnswerChecksum(code, message, data, null, spoilSignature ? `${secret}x` : secret);
  return { code, message, data, url: null, checksum, isDelete: false, idQrcode: qr?.idQrcode ?? null };
}

function makeQr(body: Body, merchant: QrMerchant): QrCode {
  const text = (name: string): string => (typeof body[name] === 'string' ? body[name] : '');
  const reference = text(body['payType'] === '03' ? 'billNumber' : 'txnId');
  return {
    idQrcode: newId(),
    merchantCode: merchant.merchantCode,
    masterMerCode: merchant.masterMerCode,
    terminalId: merchant.terminalId,
    merchantType: text('merchantType'),
    reference,
    amount: Number(text('amount')),
    expiresAt: parseShortMinute(text('expDate')) ?? null,
    qrContent: buildQr({
      masterMerCode: merchant.masterMerCode,
      merchantCode: merchant.merchantCode,
      merchantType: text('merchantType').slice(0, 4),
      amount: text('amount'),
      merchantName: text('merchantName'),
      city: merchant.city,
      billNumber: reference,
      storeLabel: merchant.storeLabel,
      terminalId: merchant.terminalId,
      purpose: text('purpose'),
    }),
    createdAt: Date.now(),
  };
}

interface Desk {
  readonly merchant: QrMerchant | undefined;
  /** The QR that stands for a reference already, and whether it was paid. */
  existing(merchantCode: string, reference: string): { qr: QrCode; paid: boolean } | undefined;
  keep(qr: QrCode): void;
}

/**
 * createQrcode. The same reference and amount again gives the same QR, so that an answer that was lost can be asked for;
 * a paid reference with another amount is refused (04).
 */
export function createQr(body: Body, desk: Desk, drawn: Drawn): CreateAnswer {
  const { merchant } = desk;
  const refused = drawn.find('refuse');
  if (refused !== undefined)
    return createAnswer(refused.code ?? '96', 'Refused by an armed fault', undefined, merchant);
  const reason = refusal(body, merchant);
  if (reason !== undefined || merchant === undefined) {
    const [code, message] = reason ?? ['07', 'Merchant unknown'];
    return createAnswer(code, message, undefined, merchant);
  }
  const qr = makeQr(body, merchant);
  const before = desk.existing(merchant.merchantCode, qr.reference);
  const spoil = drawn.find('bad-signature') !== undefined;
  if (before !== undefined && before.qr.amount === qr.amount)
    return createAnswer('00', 'Success', before.qr, merchant, spoil);
  if (before?.paid === true) return createAnswer('04', 'Storing QR failed: the bill is paid', undefined, merchant);
  desk.keep(qr);
  return createAnswer('00', 'Success', qr, merchant, spoil);
}
