import { checkTaxCode } from '../tax-code/check-tax-code';
import type { HDonFinding } from './findings';
import type { HDon } from './hdon';

/** Tax codes with their check digits and dashes, and personal numbers. */
export function partyFindings({ DLHDon }: HDon): HDonFinding[] {
  const { TTChung, NDHDon } = DLHDon;
  const codes: readonly (readonly [string, string | undefined])[] = [
    ['/HDon/DLHDon/TTChung/MSTTCGP', TTChung.MSTTCGP],
    ['/HDon/DLHDon/TTChung/MSTDVNUNLHDon', TTChung.MSTDVNUNLHDon],
    ['/HDon/DLHDon/NDHDon/NBan/MST', NDHDon.NBan.MST],
    ['/HDon/DLHDon/NDHDon/NMua/MST', NDHDon.NMua.MST],
  ];
  const findings = codes.flatMap(([path, code]) => {
    const detail = code === undefined || code === '' ? undefined : taxCodeProblem(code);
    return detail === undefined ? [] : [{ rule: 'TAX_CODE' as const, path, detail }];
  });
  const { CCCDan } = NDHDon.NMua;
  if (CCCDan === undefined || CCCDan === '' || /^\d{12}$/.test(CCCDan)) return findings;
  return [...findings, { rule: 'PERSONAL_ID', path: '/HDon/DLHDon/NDHDon/NMua/CCCDan', detail: 'must be 12 digits' }];
}

function taxCodeProblem(code: string): string | undefined {
  const check = checkTaxCode(code);
  if (!check.valid) return check.reason;
  return check.normalized === code ? undefined : `must be written ${check.normalized}`;
}
