import { findEmv } from './emv';
import type { EmvInput, EmvNode } from './emv';
import { EmvError } from './emv-error';
import { amountText, readAmount } from './field-checks';

/**
 * Tip or convenience fee (EMV QRCPS objects 55 to 57): the buyer is asked, or it is a fixed amount in whole VND, or a
 * share in hundredths of a percent, 1 to 9999.
 */
export type Tip =
  | { readonly kind: 'PROMPT' }
  | { readonly kind: 'FIXED'; readonly amountMinor: bigint }
  | { readonly kind: 'PERCENTAGE'; readonly hundredthsOfPercent: number };

/** The objects of a tip; none for undefined. Throws `EmvError`. */
export function writeTip(tip: Tip | undefined): readonly EmvInput[] {
  switch (tip?.kind) {
    case undefined:
      return [];
    case 'PROMPT':
      return [{ id: '55', value: '01' }];
    case 'FIXED':
      return [
        { id: '55', value: '02' },
        { id: '56', value: amountText(tip.amountMinor, '56') },
      ];
    case 'PERCENTAGE':
      return [
        { id: '55', value: '03' },
        { id: '57', value: percentText(tip.hundredthsOfPercent) },
      ];
  }
}

/** Reads 55 to 57; a value that 55 does not announce is a contradiction. Throws `EmvError`. */
export function readTip(nodes: readonly EmvNode[]): Tip | undefined {
  const kind = findEmv(nodes, '55');
  const amount = findEmv(nodes, '56');
  const percent = findEmv(nodes, '57');
  if (amount !== undefined && kind !== '02') throw new EmvError('56', 'CONTRADICTION', 'object 55 is not 02');
  if (percent !== undefined && kind !== '03') throw new EmvError('57', 'CONTRADICTION', 'object 55 is not 03');
  switch (kind) {
    case undefined:
      return undefined;
    case '01':
      return { kind: 'PROMPT' };
    case '02':
      if (amount === undefined) throw new EmvError('56', 'MISSING', 'object 55 announces it');
      return { kind: 'FIXED', amountMinor: readAmount(amount, '56') };
    case '03':
      if (percent === undefined) throw new EmvError('57', 'MISSING', 'object 55 announces it');
      return { kind: 'PERCENTAGE', hundredthsOfPercent: readPercent(percent) };
    default:
      throw new EmvError('55', 'BAD_VALUE', 'is none of 01, 02 and 03');
  }
}

/** `10` for ten percent, `3.50` where there are hundredths. */
function percentText(hundredths: number): string {
  if (!Number.isInteger(hundredths) || hundredths < 1 || hundredths > 9_999) {
    throw new EmvError('57', 'BAD_VALUE', 'a share lies between 0.01 and 99.99 percent');
  }
  const rest = hundredths % 100;
  const whole = String((hundredths - rest) / 100);
  return rest === 0 ? whole : `${whole}.${String(rest).padStart(2, '0')}`;
}

function readPercent(text: string): number {
  const [, whole, decimals = ''] = /^([0-9]{1,2})(?:\.([0-9]{1,2}))?$/.exec(text) ?? [];
  const hundredths = Number(`${whole ?? ''}${decimals.padEnd(2, '0')}`);
  if (whole === undefined || hundredths === 0) {
    throw new EmvError('57', 'BAD_VALUE', 'a share lies between 0.01 and 99.99 percent');
  }
  return hundredths;
}
