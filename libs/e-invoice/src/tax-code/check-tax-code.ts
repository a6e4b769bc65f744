/** `ENTERPRISE` 10 digits, `BRANCH` 10 + `-` + 3, `PERSONAL` the 12-digit personal number (from 2025-07-01). */
export type TaxCodeKind = 'ENTERPRISE' | 'BRANCH' | 'PERSONAL';

/**
 * `FORMAT` neither 10, 13 nor 12 digits · `ORIGIN` no province has 00 · `SEQUENCE` numbers of a province begin at 1 ·
 * `BRANCH` numbers of branches begin at 001 · `CHECK_DIGIT` the tenth digit does not follow from the nine before.
 */
export type TaxCodeProblem = 'FORMAT' | 'ORIGIN' | 'SEQUENCE' | 'BRANCH' | 'CHECK_DIGIT';

/** `CHECK_DIGIT_UNDEFINED` the formula gives 10, on which sources disagree · `UNKNOWN_PROVINCE` of a personal number. */
export type TaxCodeWarning = 'CHECK_DIGIT_UNDEFINED' | 'UNKNOWN_PROVINCE';

export type TaxCodeCheck =
  | {
      readonly valid: true;
      readonly kind: TaxCodeKind;
      /** Leading zeros kept; a branch with its dash. */
      readonly normalized: string;
      readonly warning?: string;
      readonly warningCode?: TaxCodeWarning;
    }
  | { readonly valid: false; readonly normalized: string; readonly reason: string; readonly problem: TaxCodeProblem };

const WEIGHTS = [31, 29, 23, 19, 17, 13, 7, 5, 3] as const;
const ENTERPRISE = /^\d{10}$/;
const BRANCH = /^(\d{10})-?(\d{3})$/;
const PERSONAL = /^\d{12}$/;
/** Codes of the old 63 provinces in personal numbers run from 001 to 096. */
const LAST_PROVINCE_CODE = 96;
/** Longer texts are no tax code, however many spaces are taken out. */
const MAX_LENGTH = 40;

const REASONS: Readonly<Record<TaxCodeProblem, string>> = {
  FORMAT: 'must be 10 digits, 10 digits with a branch of 3, or 12 digits; leading zeros count',
  ORIGIN: 'begins with the code of a province, and none has 00',
  SEQUENCE: 'numbers of a province begin at 0000001',
  BRANCH: 'branch numbers run from 001 to 999',
  CHECK_DIGIT: 'the check digit is wrong',
};

/**
 * Checks a Vietnamese tax code (Circular 86/2024), as a person types it: spaces and full stops are left out. The check
 * digit is N10 = 10 − (Σ weight·Ni mod 11); where that gives 10 sources disagree, so a last digit 0 passes with a
 * warning. Branch digits and personal numbers have no check digit.
 */
export function checkTaxCode(text: string): TaxCodeCheck {
  if (text.length > MAX_LENGTH) return refused('FORMAT', text.slice(0, MAX_LENGTH));
  const compact = text.replaceAll(/[\s.]/g, '');
  if (PERSONAL.test(compact)) return personal(compact);
  if (ENTERPRISE.test(compact)) return enterprise(compact, compact, 'ENTERPRISE');
  const branch = BRANCH.exec(compact);
  if (branch === null) return refused('FORMAT', compact);
  const [, root = '', suffix = ''] = branch;
  const normalized = `${root}-${suffix}`;
  return suffix === '000' ? refused('BRANCH', normalized) : enterprise(root, normalized, 'BRANCH');
}

function enterprise(root: string, normalized: string, kind: 'ENTERPRISE' | 'BRANCH'): TaxCodeCheck {
  if (root.startsWith('00')) return refused('ORIGIN', normalized);
  if (root.slice(2, 9) === '0000000') return refused('SEQUENCE', normalized);
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(root.charAt(index)), 0);
  const expected = 10 - (sum % 11);
  const last = Number(root.charAt(9));
  if (expected === last) return { valid: true, kind, normalized };
  if (expected !== 10 || last !== 0) return refused('CHECK_DIGIT', normalized);
  const warning = 'the check digit of this code is not defined; confirm it';
  return { valid: true, kind, normalized, warning, warningCode: 'CHECK_DIGIT_UNDEFINED' };
}

function personal(normalized: string): TaxCodeCheck {
  const province = Number(normalized.slice(0, 3));
  const base = { valid: true, kind: 'PERSONAL', normalized } as const;
  if (province >= 1 && province <= LAST_PROVINCE_CODE) return base;
  const warning = 'the first three digits are no known province';
  return { ...base, warning, warningCode: 'UNKNOWN_PROVINCE' };
}

function refused(problem: TaxCodeProblem, normalized: string): TaxCodeCheck {
  return { valid: false, normalized, reason: REASONS[problem], problem };
}
