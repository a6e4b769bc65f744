import { isAttemptUid } from '../../references';

/** The length of an attempt's reference. */
const UID_LENGTH = 15;
/** Longer texts are no line of a statement; only their beginning is looked at. */
const TEXT_LIMIT = 1_000;

/** A statement's text reduced to A–Z and 0–9, with the places where something else stood between two of them. */
interface Letters {
  readonly text: string;
  /** `i` = there was a gap before character i; the beginning and the end are gaps. */
  readonly gaps: ReadonlySet<number>;
}

/**
 * The references of attempts that a bank's free text may contain, the likeliest first and each once. Banks write in
 * upper case, put their own trace before and after (`MBVCB.123.ATT….CT tu …`), drop what they do not like, and break
 * lines with blanks, dots or dashes wherever a column ends. So a reference is looked for as a word of its own, then
 * glued to others, then across gaps. What is found may still be chance: the caller looks it up and compares the amount.
 */
export function matchTransferContent(text: string): readonly string[] {
  const letters = lettersOf(text);
  const found: { readonly uid: string; readonly rank: number }[] = [];
  for (let at = letters.text.indexOf('ATT'); at >= 0; at = letters.text.indexOf('ATT', at + 1)) {
    const uid = letters.text.slice(at, at + UID_LENGTH);
    if (isAttemptUid(uid)) found.push({ uid, rank: rankOf(letters, at) });
  }
  return [...new Set(found.toSorted((left, right) => left.rank - right.rank).map(({ uid }) => uid))];
}

/** 0: a word of its own · 1: in one piece · 2: in several pieces. */
function rankOf({ gaps }: Letters, at: number): number {
  for (let inside = at + 1; inside < at + UID_LENGTH; inside += 1) {
    if (gaps.has(inside)) return 2;
  }
  return gaps.has(at) && gaps.has(at + UID_LENGTH) ? 0 : 1;
}

function lettersOf(text: string): Letters {
  const plain = text.slice(0, TEXT_LIMIT).normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase();
  const gaps = new Set<number>([0]);
  let letters = '';
  for (const character of plain) {
    if (/[0-9A-Z]/.test(character)) letters += character;
    else gaps.add(letters.length);
  }
  return { text: letters, gaps: gaps.add(letters.length) };
}
