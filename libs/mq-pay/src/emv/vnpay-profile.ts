import { buildEmv, findEmv, parseEmv } from './emv';
import type { EmvNode } from './emv';
import { EmvError } from './emv-error';
import { checkText, demandedText, readAmount } from './field-checks';
import { readMerchantFields, writeMerchantFields } from './merchant-fields';
import type { MerchantFields } from './merchant-fields';

/** The globally unique identifier of VNPAY's merchant account template. */
export const VNPAY_GUID = 'A000000775';

/**
 * VNPAY's merchant QR: template 26 with the merchant code, around it EMV's common objects. VNPAY puts the bill number
 * into 62.01, the store into 62.03 (it may be cut), the terminal into 62.07, and the purpose, when sent, into 62.08.
 */
export interface VnpayQr extends MerchantFields {
  /** At most 20 characters. */
  readonly merchantCode: string;
}

const MERCHANT_CODE = { maximum: 20 };

/** Writes a VNPAY merchant QR. Throws `EmvError` that names the object. */
export function buildVnpayQr(qr: VnpayQr): string {
  const account = {
    id: '26',
    children: [
      { id: '00', value: VNPAY_GUID },
      { id: '01', value: checkText(qr.merchantCode, '26.01', MERCHANT_CODE) },
    ],
  };
  return buildEmv(writeMerchantFields(account, qr));
}

/** Reads a VNPAY merchant QR and checks every object that the profile knows. Throws `EmvError` that names the object. */
export function readVnpayQr(text: string): VnpayQr {
  const nodes = parseEmv(text);
  const guid = findEmv(nodes, '26', '00');
  if (guid === undefined) throw new EmvError('26.00', 'MISSING', 'the code is not VNPAY’s');
  if (guid !== VNPAY_GUID) throw new EmvError('26.00', 'BAD_VALUE', 'the scheme is not VNPAY’s');
  return { merchantCode: demandedText(nodes, '26.01', MERCHANT_CODE), ...readMerchantFields(nodes) };
}

/** What the QR must say. */
export interface VnpayQrExpectation {
  readonly merchantCode: string;
  readonly amountMinor: bigint;
  readonly billNumber: string;
}

/**
 * What is wrong with a VNPAY merchant QR, in words; empty = it asks the buyer for exactly this payment. Checked before
 * a code is shown, because the buyer's bank believes the code and not us. Looks at nothing that does not move money,
 * so that a long name does not make a payable code unusable.
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
  demand(findEmv(nodes, '55') === undefined, 'The code asks for a tip.');
  demand(findEmv(nodes, '62', '01') === expected.billNumber, 'The bill number is another one.');
  return problems;
}

function amountOf(nodes: readonly EmvNode[]): bigint | null {
  try {
    return readAmount(findEmv(nodes, '54') ?? '', '54');
  } catch (error) {
    if (error instanceof EmvError) return null;
    throw error;
  }
}
