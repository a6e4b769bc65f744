import { isIP } from 'node:net';
import { parseCompactTime } from '../shared/vietnam-time';
import { linkIsGenuine, type Members } from './hashes';
import type { GatewayOrder, GatewayTerminal } from './model';

/** What a pay link comes to: an order, or the code and the words that VNPAY's error page shows. */
export type PayLink =
  | { readonly order: GatewayOrder; readonly refusal?: undefined }
  | { readonly order?: undefined; readonly refusal: readonly [code: string, words: string] };

const RULES: readonly (readonly [string, RegExp])[] = [
  ['vnp_Version', /^2\.1\.[01]$/],
  ['vnp_Command', /^pay$/],
  ['vnp_Amount', /^[1-9]\d{0,11}$/],
  ['vnp_CurrCode', /^VND$/],
  ['vnp_CreateDate', /^\d{14}$/],
  ['vnp_Locale', /^(vn|en)$/],
  ['vnp_OrderInfo', /^[A-Za-z0-9 .:_-]{1,255}$/],
  ['vnp_OrderType', /^[A-Za-z0-9]{1,100}$/],
  ['vnp_ReturnUrl', /^https?:\/\/.{2,247}$/],
  ['vnp_TxnRef', /^[A-Za-z0-9_-]{1,100}$/],
];

/** Reads a pay link as strictly as the published table: 97 wrong hash, 02 unknown terminal, 03 wrong data. */
export function readPayLink(members: Members, terminal: GatewayTerminal | undefined): PayLink {
  if (terminal === undefined) return { refusal: ['02', 'The terminal is not registered'] };
  if (!linkIsGenuine(members, terminal.hashSecret)) return { refusal: ['97', 'Wrong checksum'] };
  const bad = RULES.find(([name, rule]) => !rule.test(members[name] ?? ''))?.[0];
  if (bad !== undefined) return { refusal: ['03', `${bad} is missing or malformed`] };
  if (isIP(members['vnp_IpAddr'] ?? '') === 0) return { refusal: ['03', 'vnp_IpAddr is no address'] };
  const expireText = members['vnp_ExpireDate'];
  const expiresAt = expireText === undefined ? null : parseCompactTime(expireText);
  if (expiresAt === undefined || parseCompactTime(members['vnp_CreateDate'] ?? '') === undefined) {
    return { refusal: ['03', 'a date is not yyyyMMddHHmmss'] };
  }
  return {
    order: {
      tmnCode: terminal.tmnCode,
      txnRef: members['vnp_TxnRef'] ?? '',
      amount: Number(members['vnp_Amount']),
      createDate: members['vnp_CreateDate'] ?? '',
      expiresAt,
      orderInfo: members['vnp_OrderInfo'] ?? '',
      returnUrl: members['vnp_ReturnUrl'] ?? '',
    },
  };
}
