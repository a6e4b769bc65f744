import { amountInWords } from '../calculation/amount-in-words';

/** Spellings that are equally right, each with the one that we compare in. */
const VARIANTS: readonly (readonly [RegExp, string])[] = [
  [/\blinh\b/g, 'lẻ'],
  [/tư(?=\s|$)/g, 'bốn'],
  [/tỉ(?=\s|$)/g, 'tỷ'],
  [/ngàn/g, 'nghìn'],
];

/**
 * Whether words say an amount of whole đồng. "linh" and "lẻ", "tư" and "bốn", "tỉ" and "tỷ", "ngàn" and "nghìn", capital
 * letters, a full stop and "chẵn" make no difference.
 */
export function wordsMatch(words: string, amount: bigint): boolean {
  return plain(words) === plain(amountInWords(amount));
}

function plain(words: string): string {
  const text = words
    .normalize('NFC')
    .toLocaleLowerCase('vi')
    .replace(/\.$/, '')
    .replace(/ chẵn$/, '');
  return VARIANTS.reduce((result, [variant, word]) => result.replaceAll(variant, word), text);
}
