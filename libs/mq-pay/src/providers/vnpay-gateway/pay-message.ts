import { parseWireAmount, toWireAmount } from './amount';
import { AGREED, checkOutgoing, ORDER_INFO, PLAIN, readFields } from './fields';
import type { FieldRule } from './fields';
import { canonicalForm, secureHash } from './secure-hash';
import type { Received } from './secure-hash';
import { parseVnpParameters } from './vnp-parameters';
import { parseWireTime, toWireAddress, toWireTime } from './wire-values';

/** The groups for a bill and an invoice that VNPAY's sample code knows; all of them are optional. */
export const BILLING_FIELDS = [
  'vnp_Bill_Mobile',
  'vnp_Bill_Email',
  'vnp_Bill_FirstName',
  'vnp_Bill_LastName',
  'vnp_Bill_Address',
  'vnp_Bill_City',
  'vnp_Bill_Country',
  'vnp_Bill_State',
  'vnp_Inv_Phone',
  'vnp_Inv_Email',
  'vnp_Inv_Customer',
  'vnp_Inv_Address',
  'vnp_Inv_Company',
  'vnp_Inv_Taxcode',
  'vnp_Inv_Type',
] as const;
export type BillingField = (typeof BILLING_FIELDS)[number];

/** What a pay URL says. */
export interface PayMessage {
  readonly version: string;
  /** `genqr` on the same address answers JSON with a QR instead of a page. */
  readonly command: 'pay' | 'genqr';
  readonly tmnCode: string;
  readonly amountMinor: bigint;
  /** Null: the buyer chooses at VNPAY. */
  readonly bankCode: string | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  /** The buyer's, v4 or v6. */
  readonly ipAddress: string;
  readonly locale: 'vn' | 'en';
  readonly orderInfo: string;
  readonly orderType: string;
  readonly returnUrl: string;
  /** Unique per terminal and day. */
  readonly txnRef: string;
  readonly billing?: Readonly<Partial<Record<BillingField, string>>>;
}

/** Lengths by VNPAY 2.1.0, parameters of the pay URL; the billing groups are published without lengths. */
const PAY_FIELDS = {
  vnp_Version: { minimum: 1, maximum: 8, pattern: PLAIN },
  vnp_Command: { minimum: 1, maximum: 16, pattern: /^(?:pay|genqr)$/ },
  vnp_TmnCode: { minimum: 8, maximum: 8, pattern: /^[A-Za-z0-9]+$/ },
  vnp_Amount: { minimum: 1, maximum: 12, kind: 'AMOUNT' },
  vnp_CurrCode: { minimum: 3, maximum: 3, exactly: 'VND' },
  vnp_BankCode: { minimum: 3, maximum: 20, optional: true, pattern: PLAIN },
  vnp_CreateDate: { minimum: 14, maximum: 14, kind: 'TIME' },
  vnp_ExpireDate: { minimum: 14, maximum: 14, optional: true, kind: 'TIME' },
  vnp_IpAddr: { minimum: 7, maximum: 45, kind: 'ADDRESS' },
  vnp_Locale: { minimum: 2, maximum: 5, pattern: /^(?:vn|en)$/ },
  vnp_OrderInfo: { minimum: 1, maximum: 255, pattern: ORDER_INFO },
  vnp_OrderType: { minimum: 1, maximum: 100, pattern: PLAIN },
  vnp_ReturnUrl: { minimum: 10, maximum: 255, pattern: AGREED },
  vnp_TxnRef: { minimum: 1, maximum: 100, pattern: PLAIN },
} as const satisfies Record<string, FieldRule>;

const BILLING_RULE: FieldRule = { minimum: 1, maximum: 255, optional: true, pattern: AGREED };
const BILLING_TABLE = Object.fromEntries(BILLING_FIELDS.map((name) => [name, BILLING_RULE])) as Record<
  BillingField,
  FieldRule
>;

/**
 * The signed address of VNPAY's pay page (VNPAY 2.1.0): parameters in ASCII order, `vnp_SecureHash` last. `endpoint` is
 * the address without a query. Throws `GatewayFieldError`, which names the field.
 */
export function buildPayUrl(endpoint: string, message: PayMessage, secret: string): string {
  const values: Record<string, string> = {
    vnp_Version: message.version,
    vnp_Command: message.command,
    vnp_TmnCode: message.tmnCode,
    vnp_Amount: toWireAmount(message.amountMinor),
    vnp_CurrCode: 'VND',
    vnp_BankCode: message.bankCode ?? '',
    vnp_CreateDate: toWireTime(message.createdAtMs),
    vnp_ExpireDate: message.expiresAtMs === null ? '' : toWireTime(message.expiresAtMs),
    vnp_IpAddr: toWireAddress(message.ipAddress),
    vnp_Locale: message.locale,
    vnp_OrderInfo: message.orderInfo,
    vnp_OrderType: message.orderType,
    vnp_ReturnUrl: message.returnUrl,
    vnp_TxnRef: message.txnRef,
    ...message.billing,
  };
  checkOutgoing({ ...PAY_FIELDS, ...BILLING_TABLE }, values);
  const signed = canonicalForm(values);
  return `${endpoint}?${signed}&vnp_SecureHash=${secureHash(signed, secret)}`;
}

/**
 * Reads the query of a pay URL, as VNPAY's side does. Check `verifyReceived` before believing it.
 * Throws `GatewayMessageError`.
 */
export function parsePayQuery(query: string): Received<PayMessage> {
  const { message: values, ...signature } = parseVnpParameters(query);
  const valueOf = (name: string): string => values.get(name) ?? '';
  const fields = readFields(PAY_FIELDS, valueOf);
  const given = Object.entries(readFields(BILLING_TABLE, valueOf)).filter(([, value]) => value !== '');
  return {
    ...signature,
    message: {
      version: fields.vnp_Version,
      command: fields.vnp_Command === 'genqr' ? 'genqr' : 'pay',
      tmnCode: fields.vnp_TmnCode,
      // Read already, by the rules of the table.
      amountMinor: parseWireAmount(fields.vnp_Amount) ?? 0n,
      bankCode: fields.vnp_BankCode || null,
      createdAtMs: parseWireTime(fields.vnp_CreateDate) ?? 0,
      expiresAtMs: parseWireTime(fields.vnp_ExpireDate),
      ipAddress: fields.vnp_IpAddr,
      locale: fields.vnp_Locale === 'en' ? 'en' : 'vn',
      orderInfo: fields.vnp_OrderInfo,
      orderType: fields.vnp_OrderType,
      returnUrl: fields.vnp_ReturnUrl,
      txnRef: fields.vnp_TxnRef,
      ...(given.length === 0 ? {} : { billing: Object.fromEntries(given) }),
    },
  };
}
