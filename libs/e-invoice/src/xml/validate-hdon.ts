import { parseCashRegisterCode, CashRegisterCodeError } from '../series/cash-register-code';
import { parseSymbol } from '../series/symbol';
import { sumFindings } from './check-sums';
import { lineFindings, taxFindings } from './check-lines';
import { partyFindings } from './check-parties';
import { linkFindings } from './check-link';
import { VERSION_RULES, documentVersion } from './document-version';
import type { HDonFinding, HDonRule } from './findings';
import { hdonShapeProblems } from './hdon';
import type { HDon } from './hdon';
import { micro } from './micro';
import { wordsMatch } from './words';

export interface HDonExpectations {
  /** What the document must be; without it the link tells. */
  readonly origin?: 'ORIGIN' | 'ADJUSTMENT' | 'REPLACEMENT' | undefined;
  /** Versions that pass; default: the one of the invoice's date. */
  readonly versions?: readonly string[] | undefined;
  /** True once the seller has signed: all but cash-register invoices carry the signature then. */
  readonly signed?: boolean | undefined;
  /** How far the tax of a group may be from rate × base, in đồng a line; default 1. */
  readonly roundingPerLine?: number | undefined;
}

const HEADER = '/HDon/DLHDon/TTChung';
const TOTALS = '/HDon/DLHDon/NDHDon/TToan';
/** Of the authority: `00` and 32 hexadecimal digits. */
const AUTHORITY_CODE = /^00[0-9A-Fa-f]{32}$/;
const MAX_OTHER = 500;

/**
 * Everything that the format and the law say about an invoice document and that this one breaks, one finding a rule and
 * place; empty when it may be signed and sent. A document of the wrong shape gets the findings of its shape alone.
 */
export function validateHDon(document: HDon, expected: HDonExpectations = {}): readonly HDonFinding[] {
  const shape = hdonShapeProblems(document);
  if (shape.length > 0) return shape.map(({ path, detail }) => ({ rule: 'SHAPE', path, detail }));
  return [
    ...headerFindings(document, expected),
    ...partyFindings(document),
    ...lineFindings(document),
    ...taxFindings(document),
    ...sumFindings(document, expected.roundingPerLine ?? 1),
    ...wordFindings(document),
    ...codeFindings(document, expected),
    ...linkFindings(document, expected.origin),
    ...textFindings(document, '/HDon'),
  ];
}

function headerFindings({ DLHDon }: HDon, { versions }: HDonExpectations): HDonFinding[] {
  const { TTChung } = DLHDon;
  const findings: HDonFinding[] = [];
  const add = (rule: HDonRule, member: string, detail: string) =>
    findings.push({ rule, path: `${HEADER}/${member}`, detail });
  if (DLHDon.Id === undefined)
    findings.push({ rule: 'ID_MISSING', path: '/HDon/DLHDon/@Id', detail: 'is what a signature refers to' });
  const accepted = versions ?? (TTChung.NLap < FIRST_DAY ? [] : [documentVersion(TTChung.NLap)]);
  if (!accepted.includes(TTChung.PBan))
    add('VERSION', 'PBan', `must be ${accepted.join(' or ') || 'of a day of the format'}`);
  if (!/^[1-9]$/.test(TTChung.KHMSHDon)) add('FORM_PATTERN', 'KHMSHDon', 'must be 1 to 9');
  const symbol = parseSymbol(TTChung.KHHDon);
  if (symbol === undefined || symbol.form !== undefined) add('SERIES_PATTERN', 'KHHDon', 'must look like C26MYY');
  else if (symbol.year !== Number(TTChung.NLap.slice(0, 4))) {
    add('SERIES_YEAR', 'KHHDon', `is a series of ${symbol.year}, not of the invoice's year`);
  }
  if (Number(TTChung.SHDon) === 0) add('NUMBER_RANGE', 'SHDon', 'must be 1 to 99999999');
  if (TTChung.DVTTe === 'VND' && micro(TTChung.TGia) !== 1_000_000n) add('EXCHANGE_RATE', 'TGia', 'must be 1 for VND');
  if (micro(TTChung.TGia) <= 0n) add('EXCHANGE_RATE', 'TGia', 'must be above zero');
  return findings;
}

function wordFindings({ DLHDon }: HDon): HDonFinding[] {
  const { TgTTTBSo, TgTTTBChu } = DLHDon.NDHDon.TToan;
  const amount = micro(TgTTTBSo);
  if (DLHDon.TTChung.DVTTe !== 'VND' || amount % 1_000_000n !== 0n) return [];
  if (wordsMatch(TgTTTBChu, amount / 1_000_000n)) return [];
  return [{ rule: 'WORDS', path: `${TOTALS}/TgTTTBChu`, detail: `does not say ${TgTTTBSo}` }];
}

function codeFindings(document: HDon, { signed }: HDonExpectations): HDonFinding[] {
  const { KHHDon, KHMSHDon } = document.DLHDon.TTChung;
  const symbol = parseSymbol(KHHDon);
  if (symbol === undefined) return [];
  const findings: HDonFinding[] = [];
  const code = document.MCCQT?.text;
  const add = (detail: string) => findings.push({ rule: 'AUTHORITY_CODE', path: '/HDon/MCCQT', detail });
  if (!symbol.hasCqtCode && code !== undefined) add(`is given, but ${KHHDon} is a series without code`);
  if (symbol.hasCqtCode && symbol.cashRegister) {
    const problem =
      code === undefined
        ? 'is required: a cash register makes it itself'
        : registerProblem(code, KHMSHDon, symbol.year);
    if (problem !== undefined) add(problem);
  } else if (symbol.hasCqtCode && code !== undefined && !AUTHORITY_CODE.test(code)) {
    add('must be 00 and 32 hexadecimal digits');
  }
  if (signed === true && !symbol.cashRegister && document.DSCKS?.NBan === undefined) {
    findings.push({
      rule: 'SIGNATURE_MISSING',
      path: '/HDon/DSCKS/NBan/Signature',
      detail: "is the seller's and required",
    });
  }
  return findings;
}

function registerProblem(code: string, form: string, year: number): string | undefined {
  try {
    const parsed = parseCashRegisterCode(code);
    if (String(parsed.form) !== form) return `is a code of form ${parsed.form}, the invoice has form ${form}`;
    return parsed.year === year ? undefined : `is a code of ${parsed.year}, the series is of ${year}`;
  } catch (error) {
    if (error instanceof CashRegisterCodeError) return error.reason;
    throw error;
  }
}

/** Texts that are not in NFC, and blocks of fields that are too long, wherever they stand. */
function textFindings(value: unknown, path: string): HDonFinding[] {
  if (typeof value === 'string') {
    if (value.startsWith('<') || value.normalize('NFC') === value) return [];
    return [{ rule: 'TEXT_NFC', path, detail: 'is not in Unicode NFC' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const at = Array.isArray(value) ? `${path}[${Number(name) + 1}]` : `${path}/${name}`;
    return [...(name === 'TTKhac' ? otherFindings(member, at) : []), ...textFindings(member, at)];
  });
}

function otherFindings(block: unknown, path: string): HDonFinding[] {
  const { TTin } = block as { readonly TTin: readonly Readonly<Record<string, string>>[] };
  const length = TTin.reduce((sum, field) => sum + Object.values(field).join('').length, 0);
  if (length <= MAX_OTHER) return [];
  return [{ rule: 'OTHER_LENGTH', path, detail: `has ${length} characters, at most ${MAX_OTHER} are allowed` }];
}

const FIRST_DAY = VERSION_RULES[0]?.effectiveFrom ?? '';
