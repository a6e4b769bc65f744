import { readXml } from '../xml/read-xml';
import type { XmlElement } from '../xml/read-xml';
import { buildTvanMessage, isMessage } from './message';
import type { TvanMessage } from './message';

/** What an answer says about the message that it answers; `UNDECIDED` where no public source tells how to read it. */
export type Verdict = 'RECEIVED' | 'TECHNICAL_ERROR' | 'CODED' | 'ACCEPTED' | 'REFUSED' | 'UNDECIDED';

/** One reason of a refusal, wherever it stood, with the invoice beside which it stood. */
export interface RefusalReason {
  readonly code: string;
  readonly text: string;
  /** What to do about it, as the authority writes it. */
  readonly handling?: string | undefined;
  readonly note?: string | undefined;
  readonly series?: string | undefined;
  readonly number?: string | undefined;
}

/** Values that public code agrees about, but no public document; an installation may correct them. */
export interface VerdictCodes {
  /** THop of message 102. */
  readonly declaration: Readonly<Record<string, Verdict>>;
  /** LTBao of message 204. */
  readonly check: Readonly<Record<string, Verdict>>;
}

export const VERDICT_CODES: VerdictCodes = {
  declaration: { '1': 'RECEIVED', '2': 'REFUSED', '3': 'RECEIVED', '4': 'REFUSED' },
  check: { '1': 'REFUSED', '2': 'ACCEPTED', '3': 'REFUSED', '9': 'REFUSED' },
};

/** What an answer decides. A message that is no answer decides nothing. */
export function verdictOf(message: TvanMessage, codes: VerdictCodes = VERDICT_CODES): Verdict {
  if (isMessage(message, '999')) return message.DLieu.TBao.TTTNhan === '0' ? 'RECEIVED' : 'TECHNICAL_ERROR';
  if (isMessage(message, '102')) return codeOf(codes.declaration, message.DLieu.TBao.DLTBao.THop);
  if (isMessage(message, '103') || isMessage(message, '104')) {
    const result: string | undefined = message.DLieu.TBao.DLTBao.TTXNCQT;
    if (result === undefined) return refusalReasons(message).length > 0 ? 'REFUSED' : 'UNDECIDED';
    return result === '1' ? 'ACCEPTED' : 'REFUSED';
  }
  if (isMessage(message, '202')) return authorityCodes(message).length > 0 ? 'CODED' : 'UNDECIDED';
  if (isMessage(message, '204')) return codeOf(codes.check, message.DLieu.TBao.DLTBao.LTBao);
  if (isMessage(message, '301')) {
    const results = (message.DLieu.TBao.DLTBao.DSHDon?.HDon ?? []).map(({ TTTNCCQT }) => TTTNCCQT);
    if (results.includes('2')) return 'REFUSED';
    return results.length > 0 && results.every((result) => result === '1') ? 'ACCEPTED' : 'UNDECIDED';
  }
  return 'UNDECIDED';
}

/** An invoice as the authority gave it back, with its code. */
export interface CodedInvoice {
  readonly form: string;
  readonly series: string;
  readonly number: string;
  readonly code: string;
}

/** The codes of message 202, by the elements alone: what the authority adds to an invoice shall not hide its code. */
export function authorityCodes(message: TvanMessage): readonly CodedInvoice[] {
  if (!isMessage(message, '202')) return [];
  return message.DLieu.HDon.flatMap((source) => {
    const invoice = readXml(source);
    const header = childOf(childOf(invoice, 'DLHDon'), 'TTChung');
    const text = (name: string) => childOf(header, name)?.text ?? '';
    const code = childOf(invoice, 'MCCQT')?.text ?? '';
    return code === '' ? [] : [{ form: text('KHMSHDon'), series: text('KHHDon'), number: text('SHDon'), code }];
  });
}

/**
 * Every reason of a refusal (MLoi with MTa or MTLoi, HDXLy, GChu) in the order of the document. Where the lists stand
 * differs by kind and is not public for all, so they are found wherever they are. Throws XmlError for a message that
 * cannot be written.
 */
export function refusalReasons(message: TvanMessage): readonly RefusalReason[] {
  const content = readXml(buildTvanMessage(message)).children[1];
  return content === undefined ? [] : reasonsIn(content, {});
}

function reasonsIn(element: XmlElement, around: Pick<RefusalReason, 'series' | 'number'>): RefusalReason[] {
  const own = (name: string) => element.children.find((child) => child.name === name)?.text;
  const invoice = { ...around, ...given('series', own('KHHDon')), ...given('number', own('SHDon')) };
  const code = own('MLoi');
  const inner = element.children.flatMap((child) => reasonsIn(child, invoice));
  if (code === undefined || code === '') return inner;
  const reason = { code, text: own('MTLoi') ?? own('MTa') ?? '' };
  return [{ ...reason, ...given('handling', own('HDXLy')), ...given('note', own('GChu')), ...invoice }, ...inner];
}

function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

function given<K extends string>(name: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined || value === '' ? {} : ({ [name]: value } as Record<K, string>);
}

function codeOf(table: Readonly<Record<string, Verdict>>, code: string): Verdict {
  return (Object.hasOwn(table, code) ? table[code] : undefined) ?? 'UNDECIDED';
}
