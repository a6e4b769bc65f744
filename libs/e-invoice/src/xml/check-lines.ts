import { parseTaxRate } from '../calculation/tax-rate';
import type { HDonFinding, HDonRule } from './findings';
import type { HDon, HDonLine } from './hdon';
import { micro } from './micro';

const LINES = '/HDon/DLHDon/NDHDon/DSHHDVu';
const TOTALS = '/HDon/DLHDon/NDHDon/TToan';
/** Forms that show VAT, and forms of the direct method, which do not. */
const VAT_FORMS: ReadonlySet<string> = new Set(['1', '8']);
const SALES_FORMS: ReadonlySet<string> = new Set(['2', '9']);

/** Ordinals, the members that a kind of line needs, and whole đồng where the currency is VND. */
export function lineFindings({ DLHDon }: HDon): HDonFinding[] {
  const lines = DLHDon.NDHDon.DSHHDVu.HHDVu;
  const dong = DLHDon.TTChung.DVTTe === 'VND';
  const findings = lines.flatMap((line, index) => {
    const path = `${LINES}/HHDVu[${index + 1}]`;
    const own: HDonFinding[] = [];
    const add = (rule: HDonRule, member: string, detail: string) =>
      own.push({ rule, path: `${path}/${member}`, detail });
    if (line.STT !== String(index + 1)) add('LINE_ORDER', 'STT', `must be ${index + 1}`);
    if (line.TChat === '4') return own;
    if (line.ThTien === undefined) add('LINE_MEMBER', 'ThTien', 'is required but for notes');
    if (line.TChat === '5' && line.TTHHDTrung === undefined)
      add('LINE_MEMBER', 'TTHHDTrung', 'is required for TChat 5');
    if (dong) own.push(...wholeFindings(line, path, ['STCKhau', 'ThTien']));
    return own;
  });
  if (!dong) return findings;
  const { TToan } = DLHDon.NDHDon;
  const groups = TToan.THTTLTSuat?.LTSuat ?? [];
  return [
    ...findings,
    ...groups.flatMap((group, index) =>
      wholeFindings(group, `${TOTALS}/THTTLTSuat/LTSuat[${index + 1}]`, ['ThTien', 'TThue']),
    ),
    ...wholeFindings(TToan, TOTALS, ['TgTCThue', 'TgTThue', 'TTCKTMai', 'TgTTTBSo']),
  ];
}

/** Rates that are none, and tax members that the form demands or forbids. */
export function taxFindings({ DLHDon }: HDon): HDonFinding[] {
  const form = DLHDon.TTChung.KHMSHDon;
  const { DSHHDVu, TToan } = DLHDon.NDHDon;
  const vat = VAT_FORMS.has(form);
  const sales = SALES_FORMS.has(form);
  const findings: HDonFinding[] = [];
  const add = (rule: HDonRule, path: string, detail: string) => findings.push({ rule, path, detail });
  DSHHDVu.HHDVu.forEach((line, index) => {
    const path = `${LINES}/HHDVu[${index + 1}]/TSuat`;
    const problem = rateProblem(line, vat, sales);
    if (problem !== undefined) add(line.TSuat === undefined || sales ? 'TAX_MEMBER' : 'TAX_RATE', path, problem);
  });
  (TToan.THTTLTSuat?.LTSuat ?? []).forEach(({ TSuat }, index) => {
    if (parseTaxRate(TSuat) === undefined) add('TAX_RATE', `${TOTALS}/THTTLTSuat/LTSuat[${index + 1}]/TSuat`, RATES);
  });
  for (const member of ['THTTLTSuat', 'TgTCThue', 'TgTThue'] as const) {
    const given = TToan[member] !== undefined;
    // An invoice of notes alone has no rate to group by.
    const needed = vat && (member !== 'THTTLTSuat' || DSHHDVu.HHDVu.some(({ TChat }) => TChat !== '4'));
    if (needed && !given) add('TAX_MEMBER', `${TOTALS}/${member}`, `is required for form ${form}`);
    if (sales && given) add('TAX_MEMBER', `${TOTALS}/${member}`, `must be absent: form ${form} shows no VAT`);
  }
  return findings;
}

const RATES = 'must be 0%, 5%, 8%, 10%, KCT, KKKNT or KHAC:xx.xx%';

function rateProblem({ TChat, TSuat }: HDonLine, vat: boolean, sales: boolean): string | undefined {
  if (TSuat === undefined) return vat && TChat !== '4' ? 'is required: the form shows VAT' : undefined;
  if (sales) return 'must be absent: the form shows no VAT';
  return parseTaxRate(TSuat) === undefined ? RATES : undefined;
}

function wholeFindings<T extends object>(
  holder: T,
  path: string,
  members: readonly (keyof T & string)[],
): HDonFinding[] {
  return members.flatMap((member) => {
    const value: unknown = holder[member];
    if (typeof value !== 'string' || micro(value) % 1_000_000n === 0n) return [];
    return [{ rule: 'WHOLE_DONG' as const, path: `${path}/${member}`, detail: `is ${value}; VND has no fractions` }];
  });
}
