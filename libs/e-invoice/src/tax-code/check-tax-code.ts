/** `ENTERPRISE` 10 digits, `BRANCH` 10 + `-` + 3, `PERSONAL` the 12-digit personal number (from 2025-07-01). */
export type TaxCodeKind = 'ENTERPRISE' | 'BRANCH' | 'PERSONAL';

export type TaxCodeCheck =
  | {
      readonly valid: true;
      readonly kind: TaxCodeKind;
      /** Leading zeros kept; a branch with its dash. */
      readonly normalized: string;
      readonly warning?: string;
    }
  | { readonly valid: false; readonly normalized: string; readonly reason: string };

const WEIGHTS = [31, 29, 23, 19, 17, 13, 7, 5, 3] as const;
const ENTERPRISE = /^\d{10}$/;
const BRANCH = /^(\d{10})-?(\d{3})$/;
const PERSONAL = /^\d{12}$/;
/** Codes of the old 63 provinces in personal numbers run from 001 to 096. */
const LAST_PROVINCE_CODE = 96;

/**
 * Checks a Vietnamese tax code (Circular 86/2024). The check digit is N10 = 10 − (Σ weight·Ni mod 11); where that gives
 * 10 sources disagree, so a last digit 0 passes with a warning. Branch digits and personal numbers have no check digit.
 */
export function checkTaxCode(text: string): TaxCodeCheck {
  const compact = text.replaceAll(/[\s.]/g, '');
  if (PERSONAL.test(compact)) return personal(compact);
  if (ENTERPRISE.test(compact)) return enterprise(compact, compact, 'ENTERPRISE');
  const branch = BRANCH.exec(compact);
  if (branch !== null) {
    const [, root = '', suffix = ''] = branch;
    const normalized = `${root}-${suffix}`;
    if (suffix === '000') return { valid: false, normalized, reason: 'branch numbers run from 001 to 999' };
    return enterprise(root, normalized, 'BRANCH');
  }
  return {
    valid: false,
    normalized: compact,
    reason: 'must be 10 digits, 10 digits with a branch of 3, or 12 digits; leading zeros count',
  };
}

function enterprise(root: string, normalized: string, kind: 'ENTERPRISE' | 'BRANCH'): TaxCodeCheck {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(root.charAt(index)), 0);
  const expected = 10 - (sum % 11);
  const last = Number(root.charAt(9));
  if (expected === last) return { valid: true, kind, normalized };
  if (expected === 10 && last === 0) {
    return { valid: true, kind, normalized, warning: 'the check digit of this code is not defined; confirm it' };
  }
  return { valid: false, normalized, reason: 'the check digit is wrong' };
}

function personal(normalized: string): TaxCodeCheck {
  const province = Number(normalized.slice(0, 3));
  const known = province >= 1 && province <= LAST_PROVINCE_CODE;
  const base = { valid: true, kind: 'PERSONAL', normalized } as const;
  return known ? base : { ...base, warning: 'the first three digits are no known province' };
}
