import { EmvError, findEmv, parseEmv } from './emv';
import type { EmvNode } from './emv';

/** The globally unique identifier of VNPAY's merchant account template. */
export const VNPAY_GUID = 'A000000775';

/** What the QR must say. */
export interface VnpayQrExpectation {
  readonly merchantCode: string;
  readonly amountMinor: bigint;
  readonly billNumber: string;
}

/**
 * What is wrong with a VNPAY merchant QR, in words; empty = it asks the buyer for exactly this payment. Checked before
 * a code is shown, because the buyer's bank believes the code and not us.
 */
export function checkVnpayQr(text: string, expected: VnpayQrExpectation): readonly string[] {
  let nodes: readonly EmvNode[];
  try {
    nodes = parseEmv(text);
  } catch (error) {
    if (error instanceof EmvError) return [error.message];
    throw error;
  }
  const problems: string[] = [];
  const demand = (good: boolean, problem: string): void => {
    if (!good) problems.push(problem);
  };
  demand(findEmv(nodes, '26', '00') === VNPAY_GUID, 'The merchant account is not VNPAY’s.');
  demand(findEmv(nodes, '26', '01') === expected.merchantCode, 'The merchant is another one.');
  demand(findEmv(nodes, '53') === '704', 'The currency is not VND.');
  demand(findEmv(nodes, '58') === 'VN', 'The country is not VN.');
  demand(amountOf(nodes) === expected.amountMinor, 'The amount is another one.');
  demand(findEmv(nodes, '62', '01') === expected.billNumber, 'The bill number is another one.');
  return problems;
}

/** Whole VND; a bank may print the decimals that the currency does not have. */
function amountOf(nodes: readonly EmvNode[]): bigint | null {
  const match = /^([0-9]{1,13})(?:\.0{0,2})?$/.exec(findEmv(nodes, '54') ?? '');
  return match?.[1] === undefined ? null : BigInt(match[1]);
}
