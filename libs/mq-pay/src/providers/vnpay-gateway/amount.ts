import { GatewayFieldError } from './gateway-error';

declare const wireAmount: unique symbol;

/** `vnp_Amount` as it stands on the wire: VND × 100 without separators. Only this module makes one. */
export type WireAmount = string & { readonly [wireAmount]: true };

/** The protocol counts hundredths of a currency that has none. */
const SCALE = 100n;

/** Whole VND to the wire. Throws `GatewayFieldError` for what is not positive or needs more than 12 digits. */
export function toWireAmount(amountMinor: bigint): WireAmount {
  const text = (amountMinor * SCALE).toString();
  if (amountMinor <= 0n) throw new GatewayFieldError('vnp_Amount', 'NOT_AN_AMOUNT');
  if (text.length > 12) throw new GatewayFieldError('vnp_Amount', 'TOO_LONG');
  return text as WireAmount;
}

/** The wire to whole VND: 1 to 12 digits without leading zeros, divisible by 100. Null for anything else. */
export function parseWireAmount(text: string): bigint | null {
  if (!/^(?:0|[1-9][0-9]{0,11})$/.test(text)) return null;
  const scaled = BigInt(text);
  return scaled % SCALE === 0n ? scaled / SCALE : null;
}
