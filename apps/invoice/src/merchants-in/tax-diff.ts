import { checkTaxCode } from '@nx/e-invoice';
import { TAX_MEMBERS, type TaxFinding, type TaxInfo, type TaxMember } from '../tax-info/tax-info';

/** The nine members as commerce spells them, null where there is none. */
export type TaxData = Readonly<Record<TaxMember, string | null>>;

export interface TaxDiff {
  readonly changed: readonly TaxMember[];
  /** What stands afterwards. */
  readonly data: TaxData;
  readonly findings: readonly TaxFinding[];
  /** Tax code or method changed: the merchant's series must be registered anew. */
  readonly needsRegistration: boolean;
}

export const NO_TAX_DATA: TaxData = {
  taxCode: null,
  fullName: null,
  address: null,
  provinceCode: null,
  wardCode: null,
  taxMethod: null,
  businessType: null,
  email: null,
  phone: null,
};

const LONGEST = 400;

export const dataOf = (info: TaxInfo | undefined): TaxData => {
  if (info === undefined) return NO_TAX_DATA;
  const { taxCode, fullName, address, provinceCode, wardCode, taxMethod, businessType, email, phone } = info;
  return { taxCode, fullName, address, provinceCode, wardCode, taxMethod, businessType, email, phone };
};

export const sameFindings = (left: readonly TaxFinding[], right: readonly TaxFinding[]): boolean =>
  left.length === right.length &&
  left.every((finding, index) => finding.code === right[index]?.code && finding.value === right[index]?.value);

/** Leading zeros are digits: a code that came as a number has lost them and is no code. */
function readMember(tax: Readonly<Record<string, unknown>>, member: TaxMember): string | null {
  const value = tax[member];
  if (typeof value === 'string') return value.trim() === '' ? null : value.trim().slice(0, LONGEST);
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : null;
}

function findingsOf(data: TaxData): TaxFinding[] {
  const findings: TaxFinding[] = [];
  const { taxCode, taxMethod } = data;
  if (taxCode !== null) {
    const check = checkTaxCode(taxCode);
    if (!check.valid) findings.push({ code: 'INVALID_TAX_CODE', detail: check.reason, value: taxCode });
  }
  if (taxMethod !== null && taxMethod !== 'DEDUCTION' && taxMethod !== 'DIRECT') {
    findings.push({ code: 'INVALID_TAX_METHOD', detail: 'must be DEDUCTION or DIRECT', value: taxMethod });
  }
  return findings;
}

/**
 * Compares what a record says with what is stored, never with its `before`. A record with an invalid code or method is
 * kept aside as findings and changes nothing: half a change would print a wrong seller.
 */
export function diffTax(stored: TaxData, tax: Readonly<Record<string, unknown>> | null): TaxDiff {
  const read = tax ?? {};
  const incoming = Object.fromEntries(TAX_MEMBERS.map((name) => [name, readMember(read, name)])) as TaxData;
  const findings = findingsOf(incoming);
  if (findings.length > 0) return { changed: [], data: stored, findings, needsRegistration: false };
  const { taxCode } = incoming;
  const data = { ...incoming, taxCode: taxCode === null ? null : checkTaxCode(taxCode).normalized };
  const changed = TAX_MEMBERS.filter((name) => data[name] !== stored[name]);
  const known = stored.taxCode !== null;
  const needsRegistration = known && (changed.includes('taxCode') || changed.includes('taxMethod'));
  return { changed, data, findings, needsRegistration };
}
