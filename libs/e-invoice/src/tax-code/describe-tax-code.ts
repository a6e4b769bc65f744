import { checkTaxCode } from './check-tax-code';
import type { TaxCodeKind, TaxCodeProblem } from './check-tax-code';

/** A text that was used as a tax code and is none. */
export class InvalidTaxCodeError extends Error {
  override readonly name = 'InvalidTaxCodeError';

  constructor(
    readonly problem: TaxCodeProblem,
    reason: string,
  ) {
    super(`not a tax code: ${reason}`);
  }
}

/** The parts of a tax code. */
export interface TaxCodeParts {
  readonly kind: TaxCodeKind;
  /** As printed and in the invoice XML: a branch has its dash. */
  readonly printed: string;
  /** Digits only, as T-VAN ids and file names carry it. */
  readonly digits: string;
  /** The enterprise that a branch belongs to; the code itself otherwise. */
  readonly root: string;
  /** `001` to `999`. */
  readonly branch?: string;
  /**
   * Code of one of the 63 provinces of before July 2025 that the code was first given in: two digits, of a personal
   * number three. It stays when the taxpayer moves.
   */
  readonly originCode: string;
}

/** Takes a tax code apart (Circular 86/2024). Throws InvalidTaxCodeError. */
export function describeTaxCode(text: string): TaxCodeParts {
  const check = checkTaxCode(text);
  if (!check.valid) throw new InvalidTaxCodeError(check.problem, check.reason);
  const { kind, normalized: printed } = check;
  const digits = printed.replace('-', '');
  if (kind === 'PERSONAL') return { kind, printed, digits, root: printed, originCode: digits.slice(0, 3) };
  const parts = { kind, printed, digits, root: digits.slice(0, 10), originCode: digits.slice(0, 2) };
  return kind === 'BRANCH' ? { ...parts, branch: digits.slice(10) } : parts;
}
