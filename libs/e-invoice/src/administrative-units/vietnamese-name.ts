/** Ways to write what kind of unit a name belongs to, without accents and in lower case. */
export type KindTable = Readonly<Record<string, string>>;

export const COMMUNE_KINDS: KindTable = {
  phuong: 'phuong',
  p: 'phuong',
  f: 'phuong',
  xa: 'xa',
  x: 'xa',
  'thi tran': 'thi tran',
  tt: 'thi tran',
  'dac khu': 'dac khu',
};

export const DISTRICT_KINDS: KindTable = {
  quan: 'quan',
  q: 'quan',
  huyen: 'huyen',
  h: 'huyen',
  'thi xa': 'thi xa',
  tx: 'thi xa',
  'thanh pho': 'thanh pho',
  tp: 'thanh pho',
};

export const PROVINCE_KINDS: KindTable = { tinh: 'tinh', t: 'tinh', 'thanh pho': 'thanh pho', tp: 'thanh pho' };

/** A name taken apart for comparing. */
export interface ParsedName {
  /** Undefined where the writer left it out. */
  readonly kind: string | undefined;
  /** Without accents, case and punctuation: `Hoà Bình` and `hoa binh` are both `hoa binh`. */
  readonly plain: string;
  /** The same where the writer's first word only looks like a kind: `Xa Mát` is no commune of the name `Mát`. */
  readonly plainWhole: string;
  /** With accents; where in a syllable the tone is written does not count: `Hoà` and `Hòa` are equal. */
  readonly accented: string;
  /** Whether anything in it has an accent, its kind included: who writes none may mean any name. */
  readonly hasAccents: boolean;
}

const TONES = /[\u0300\u0301\u0303\u0309\u0323]/g;

/** Takes a name apart. Digits lose zeros in front (`Phường 05`), and `P5` is read as `P 5`. */
export function parseName(text: string, kinds: KindTable): ParsedName {
  const words = text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .replaceAll(/\b([a-z]{1,2})(?=\d)/g, '$1 ')
    .replaceAll(/\b0+(?=\d)/g, '')
    .trim()
    .split(' ');
  const plain = words.map(withoutAccents);
  const length = [2, 1].find((count) => plain.length > count && Object.hasOwn(kinds, plain.slice(0, count).join(' ')));
  const skipped = length ?? 0;
  return {
    kind: length === undefined ? undefined : kinds[plain.slice(0, length).join(' ')],
    plain: plain.slice(skipped).join(' '),
    plainWhole: plain.join(' '),
    accented: words.slice(skipped).map(toneLast).join(' '),
    hasAccents: words.some((word, index) => word !== plain[index]),
  };
}

function withoutAccents(word: string): string {
  return word.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('đ', 'd');
}

/** `hòa` and `hoà` both become `hoa` + tone; circumflex, breve and horn stay with their letter. */
function toneLast(word: string): string {
  const decomposed = word.normalize('NFD');
  return decomposed.replaceAll(TONES, '') + (decomposed.match(TONES) ?? []).join('');
}

/** Whether two names are the same but for accents, case and punctuation. */
export function sameName(written: ParsedName, official: ParsedName): boolean {
  return official.plain === written.plain || official.plain === written.plainWhole;
}

/**
 * Of matches that differ in accents or kind only, those that are written as asked; all where none is. Somebody who types
 * without accents means any of them.
 */
export function closest<T>(matches: readonly T[], written: ParsedName, nameOf: (match: T) => ParsedName): readonly T[] {
  const byKind = preferred(matches, (match) => nameOf(match).kind === written.kind);
  return written.hasAccents ? preferred(byKind, (match) => nameOf(match).accented === written.accented) : byKind;
}

function preferred<T>(matches: readonly T[], wanted: (match: T) => boolean): readonly T[] {
  const better = matches.filter(wanted);
  return better.length > 0 ? better : matches;
}
