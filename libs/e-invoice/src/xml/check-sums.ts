import { parseTaxRate, rateFraction } from '../calculation/tax-rate';
import type { HDon, HDonLine } from './hdon';
import { REDUCTION_FIELD } from './hdon-of-invoice';
import { divideMicro, micro, microText } from './micro';
import type { HDonFinding, HDonRule } from './findings';

const TOTALS = '/HDon/DLHDon/NDHDon/TToan';
const LINES = '/HDon/DLHDon/NDHDon/DSHHDVu';
/** A đồng, and what quantity × price of six decimals loses per unit of quantity. */
const DONG = 1_000_000n;

/**
 * Whether lines, groups and totals agree exactly: groups with the lines of their rate, totals with the groups, and the
 * tax of a group with rate × base up to `perLine` đồng a line. Lines of trade discount (TChat 3) subtract.
 */
export function sumFindings(document: HDon, perLine: number): HDonFinding[] {
  const { DSHHDVu, TToan } = document.DLHDon.NDHDon;
  const lines = DSHHDVu.HHDVu;
  const findings = lines.flatMap((line, index) => lineFindings(line, `${LINES}/HHDVu[${index + 1}]`));
  const add = (rule: HDonRule, path: string, detail: string) => findings.push({ rule, path, detail });
  const lineSum = lines.reduce((sum, line) => sum + signed(line), 0n);
  if (TToan.TgTCThue !== undefined && TToan.TgTThue !== undefined) {
    findings.push(...groupFindings(document, perLine));
    const amount = micro(TToan.TgTCThue);
    if (amount !== lineSum)
      add('SUM_LINES', `${TOTALS}/TgTCThue`, `is ${TToan.TgTCThue}, the lines make ${microText(lineSum)}`);
    const total = amount + micro(TToan.TgTThue) - micro(TToan.TTCKTMai ?? '0');
    // What fees come to stands in XML that no public source describes.
    if (TToan.DSLPhi === undefined && total !== micro(TToan.TgTTTBSo)) {
      add('SUM_TOTAL', `${TOTALS}/TgTTTBSo`, `is ${TToan.TgTTTBSo}, amount and tax make ${microText(total)}`);
    }
    return findings;
  }
  const total = lineSum - micro(TToan.TTCKTMai ?? '0') - micro(reductionOf(document));
  if (TToan.DSLPhi === undefined && total !== micro(TToan.TgTTTBSo)) {
    add('SUM_TOTAL', `${TOTALS}/TgTTTBSo`, `is ${TToan.TgTTTBSo}, the lines make ${microText(total)}`);
  }
  return findings;
}

function groupFindings(document: HDon, perLine: number): HDonFinding[] {
  const { DSHHDVu, TToan } = document.DLHDon.NDHDon;
  const groups = TToan.THTTLTSuat?.LTSuat ?? [];
  const findings: HDonFinding[] = [];
  const bases = new Map<string, { sum: bigint; count: number }>();
  for (const line of DSHHDVu.HHDVu) {
    if (line.TSuat === undefined || line.TChat === '4') continue;
    const { sum, count } = bases.get(line.TSuat) ?? { sum: 0n, count: 0 };
    bases.set(line.TSuat, { sum: sum + signed(line), count: count + 1 });
  }
  let tax = 0n;
  const seen = new Set<string>();
  groups.forEach((group, index) => {
    const path = `${TOTALS}/THTTLTSuat/LTSuat[${index + 1}]`;
    const add = (rule: HDonRule, member: string, detail: string) =>
      findings.push({ rule, path: `${path}/${member}`, detail });
    tax += micro(group.TThue);
    if (seen.has(group.TSuat)) add('GROUP_REPEATED', 'TSuat', `${group.TSuat} has a group already`);
    seen.add(group.TSuat);
    const base = bases.get(group.TSuat) ?? { sum: 0n, count: 0 };
    if (micro(group.ThTien) !== base.sum) {
      add('SUM_GROUP', 'ThTien', `is ${group.ThTien}, the lines of ${group.TSuat} make ${microText(base.sum)}`);
    }
    const rate = parseTaxRate(group.TSuat);
    if (rate === undefined) return;
    const { numerator, denominator } = rateFraction(rate);
    const difference = micro(group.TThue) - divideMicro(micro(group.ThTien) * numerator, denominator);
    // Half a đồng is what rounding the whole group takes.
    const allowed = DONG * BigInt(perLine) * BigInt(Math.max(base.count, 1)) + DONG / 2n;
    if (difference > allowed || -difference > allowed) {
      add('GROUP_TAX', 'TThue', `is ${microText(difference)} away from ${group.TSuat} of ${group.ThTien}`);
    }
  });
  for (const rate of bases.keys()) {
    if (seen.has(rate)) continue;
    findings.push({ rule: 'GROUP_MISSING', path: `${TOTALS}/THTTLTSuat`, detail: `has no group for ${rate}` });
  }
  if (tax !== micro(TToan.TgTThue ?? '0')) {
    const detail = `is ${TToan.TgTThue}, the groups make ${microText(tax)}`;
    findings.push({ rule: 'SUM_TAX', path: `${TOTALS}/TgTThue`, detail });
  }
  return findings;
}

/** quantity × price − discount against the amount; a promotion shows prices and takes no money. */
function lineFindings(line: HDonLine, path: string): HDonFinding[] {
  const { SLuong, DGia, ThTien } = line;
  if (SLuong === undefined || DGia === undefined || ThTien === undefined) return [];
  if (line.TChat === '2' || line.TChat === '4') return [];
  const quantity = micro(SLuong);
  const product = divideMicro(quantity * micro(DGia), DONG);
  const difference = product - micro(line.STCKhau ?? '0') - micro(ThTien);
  const allowed = DONG + (quantity < 0n ? -quantity : quantity) / DONG;
  if (difference <= allowed && -difference <= allowed) return [];
  const detail = `is ${ThTien}, quantity × price − discount differs by ${microText(difference)}`;
  return [{ rule: 'LINE_AMOUNT', path: `${path}/ThTien`, detail }];
}

function signed(line: HDonLine): bigint {
  if (line.TChat === '4') return 0n;
  const amount = micro(line.ThTien ?? '0');
  return line.TChat === '3' ? -amount : amount;
}

function reductionOf(document: HDon): string {
  const fields = document.DLHDon.TTKhac?.TTin ?? [];
  const field = fields.find(({ TTruong, KDLieu }) => TTruong === REDUCTION_FIELD && KDLieu === 'numeric');
  return field !== undefined && /^-?\d{1,15}$/.test(field.DLieu) ? field.DLieu : '0';
}
