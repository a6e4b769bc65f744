import { createHmac, timingSafeEqual } from 'node:crypto';

export type Members = Readonly<Record<string, string>>;

function hmac(secret: string, text: string): string {
  return createHmac('sha512', secret).update(text, 'utf8').digest('hex');
}

/** As PHP's urlencode writes: everything but letters, digits, `-`, `_` and `.` as %XX in upper case, a space as `+`. */
export function formEncoded(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*~]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, '+');
}

/** The signed text of pay links, return links and IPNs: sorted by name, without the hash itself, empty values left out. */
export function canonical(members: Members): string {
  return Object.keys(members)
    .filter((name) => name.startsWith('vnp_') && name !== 'vnp_SecureHash' && name !== 'vnp_SecureHashType')
    .filter((name) => members[name] !== '')
    .sort()
    .map((name) => `${formEncoded(name)}=${formEncoded(members[name] ?? '')}`)
    .join('&');
}

/** A query string with its hash last. */
export function signedQuery(members: Members, secret: string): string {
  const text = canonical(members);
  return `${text}&vnp_SecureHash=${hmac(secret, text)}`;
}

export function linkIsGenuine(members: Members, secret: string): boolean {
  return same(hmac(secret, canonical(members)), members['vnp_SecureHash']);
}

const PIPED = {
  querydr: 'RequestId Version Command TmnCode TxnRef TransactionDate CreateDate IpAddr OrderInfo',
  querydrAnswer:
    'ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo TransactionType TransactionStatus OrderInfo PromotionCode PromotionAmount',
  refund:
    'RequestId Version Command TmnCode TransactionType TxnRef Amount TransactionNo TransactionDate CreateBy CreateDate IpAddr OrderInfo',
  refundAnswer:
    'ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo TransactionType TransactionStatus OrderInfo',
} as const;

/** The hash of an API message: its values in the message's own order, joined by `|`, absent ones empty. */
export function apiHash(kind: keyof typeof PIPED, members: Members, secret: string): string {
  const values = PIPED[kind].split(' ').map((name) => members[`vnp_${name}`] ?? '');
  return hmac(secret, values.join('|'));
}

export function same(expected: string, given: string | undefined): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from((given ?? '').toLowerCase())];
  return left.length === right.length && timingSafeEqual(left, right);
}
