import { toAmount } from './decimal';
import type { CalculatedInvoice } from '../invoice';
import { rateFraction, taxOn } from './tax-rate';
import type { TaxRate } from '../law/rules/rate-rules';

/** How far tax may be from rate × base at a vendor, in đồng. */
export interface RoundingAllowance {
  readonly perLine: number;
  /** For a group of one rate; default `perLine` × its lines. */
  readonly perGroup?: number | undefined;
}

export interface RoundingFinding {
  /** Into the calculated invoice: `/lines/3` or `/taxGroups/0`. */
  readonly pointer: string;
  readonly taxRate: TaxRate;
  readonly difference: number;
  readonly allowed: number;
}

/** Taking tax out of a gross price leaves less than one đồng a line, so this is what every vendor must bear at least. */
export const DEFAULT_ROUNDING_ALLOWANCE: RoundingAllowance = { perLine: 1 };

/** Lines and groups whose tax is further from rate × base than the vendor allows; empty when it will take the invoice. */
export function checkRounding(
  invoice: CalculatedInvoice,
  allowance: RoundingAllowance = DEFAULT_ROUNDING_ALLOWANCE,
): readonly RoundingFinding[] {
  const findings: RoundingFinding[] = [];
  invoice.lines.forEach(({ taxRate, amount, taxAmount }, index) => {
    if (taxRate === null) return;
    const difference = taxAmount - toAmount(taxOn(BigInt(amount), rateFraction(taxRate)));
    if (Math.abs(difference) > allowance.perLine) {
      findings.push({ pointer: `/lines/${index}`, taxRate, difference, allowed: allowance.perLine });
    }
  });
  invoice.taxGroups.forEach(({ taxRate, difference, lineCount }, index) => {
    const allowed = allowance.perGroup ?? allowance.perLine * lineCount;
    if (Math.abs(difference) > allowed) findings.push({ pointer: `/taxGroups/${index}`, taxRate, difference, allowed });
  });
  return findings;
}
