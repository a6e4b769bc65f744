import type { HDonFinding, HDonRule } from './findings';
import type { HDon } from './hdon';
import { micro } from './micro';
import { SYMBOL_PATTERN } from '../series/symbol';

const LINK = '/HDon/DLHDon/TTChung/TTHDLQuan';

/**
 * The link to the original: an adjustment (TCHDon 2) and a replacement (TCHDon 1) name it, nothing else does; amounts
 * below zero are an adjustment's alone.
 */
export function linkFindings(
  { DLHDon }: HDon,
  origin: 'ORIGIN' | 'ADJUSTMENT' | 'REPLACEMENT' | undefined,
): HDonFinding[] {
  const { TTHDLQuan: link, NLap } = DLHDon.TTChung;
  const findings: HDonFinding[] = [];
  const add = (rule: HDonRule, member: string, detail: string) =>
    findings.push({ rule, path: `${LINK}${member}`, detail });
  const negative = micro(DLHDon.NDHDon.TToan.TgTTTBSo) < 0n;
  if (link === undefined) {
    if (origin === 'ADJUSTMENT' || origin === 'REPLACEMENT') add('LINK_MISSING', '', `is required for ${origin}`);
    else if (negative) add('LINK_MISSING', '', 'is required: only an adjustment may be below zero');
    return findings;
  }
  if (origin === 'ORIGIN') add('LINK_UNEXPECTED', '', 'must be absent from an original invoice');
  if (link.TCHDon !== '1' && link.TCHDon !== '2') add('LINK_KIND', '/TCHDon', 'must be 1 (replaces) or 2 (adjusts)');
  else if (origin === 'ADJUSTMENT' && link.TCHDon !== '2') add('LINK_KIND', '/TCHDon', 'must be 2 for an adjustment');
  else if (origin === 'REPLACEMENT' && link.TCHDon !== '1') add('LINK_KIND', '/TCHDon', 'must be 1 for a replacement');
  else if (negative && link.TCHDon !== '2')
    add('LINK_KIND', '/TCHDon', 'must be 2: only an adjustment may be below zero');
  if (!/^\d$/.test(link.LHDCLQuan)) add('LINK_ORIGINAL', '/LHDCLQuan', 'must be one digit');
  // Invoices before Decree 123/2020 have forms and series of other shapes.
  if (link.LHDCLQuan === '1') {
    if (!/^[1-9]$/.test(link.KHMSHDCLQuan)) add('LINK_ORIGINAL', '/KHMSHDCLQuan', 'must be 1 to 9');
    if (!SYMBOL_PATTERN.test(link.KHHDCLQuan)) add('LINK_ORIGINAL', '/KHHDCLQuan', 'must look like C26MYY');
    if (!/^(?!0+$)\d{1,8}$/.test(link.SHDCLQuan)) add('LINK_ORIGINAL', '/SHDCLQuan', 'must be 1 to 99999999');
  }
  if (link.NLHDCLQuan > NLap) add('LINK_DATE', '/NLHDCLQuan', "lies after the invoice's own date");
  return findings;
}
