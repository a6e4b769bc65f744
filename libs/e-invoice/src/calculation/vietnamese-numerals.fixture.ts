/**
 * Reads Vietnamese numerals back to a number, by a grammar of its own that knows nothing of how they were written:
 * number = section ("tỷ" section)*, each section below a thousand million, read by places.
 */
const DIGITS: Readonly<Record<string, bigint>> = {
  không: 0n,
  một: 1n,
  mốt: 1n,
  hai: 2n,
  ba: 3n,
  bốn: 4n,
  tư: 4n,
  năm: 5n,
  lăm: 5n,
  sáu: 6n,
  bảy: 7n,
  tám: 8n,
  chín: 9n,
};
const PLACES: Readonly<Record<string, bigint>> = { nghìn: 1_000n, ngàn: 1_000n, triệu: 1_000_000n };
const BILLION = 1_000_000_000n;

/** The amount that the words say, without their ending; throws an Error for words that are no numeral. */
export function readVietnameseWords(text: string): bigint {
  const words = text.toLocaleLowerCase('vi').split(' ');
  if (words[0] === 'âm') return -readWords(words.slice(1));
  return readWords(words);
}

function readWords(words: readonly string[]): bigint {
  let total = 0n;
  let section: string[] = [];
  for (const word of words) {
    if (word !== 'tỷ' && word !== 'tỉ') {
      section.push(word);
      continue;
    }
    // "Một tỷ tỷ" multiplies twice, "một nghìn tỷ" once.
    total = (total + readSection(section)) * BILLION;
    section = [];
  }
  return total + readSection(section);
}

function readSection(words: readonly string[]): bigint {
  let total = 0n;
  let group: string[] = [];
  let limit = BILLION;
  for (const word of words) {
    const place = PLACES[word];
    if (place === undefined) {
      group.push(word);
      continue;
    }
    if (place >= limit || group.length === 0) throw new Error(`${word} out of place`);
    total += readGroup(group) * place;
    group = [];
    limit = place;
  }
  return total + readGroup(group);
}

/** Up to 999: "[a trăm] [b mươi | mười | lẻ | linh] [c]". */
function readGroup(words: readonly string[]): bigint {
  const rest = [...words];
  let total = 0n;
  if (rest[1] === 'trăm') total += digit(rest.splice(0, 2)[0]) * 100n;
  if (rest[0] === 'lẻ' || rest[0] === 'linh') rest.splice(0, 1);
  else if (rest[0] === 'mười') total += rest.splice(0, 1).length === 1 ? 10n : 0n;
  else if (rest[1] === 'mươi') total += digit(rest.splice(0, 2)[0]) * 10n;
  if (rest.length > 1) throw new Error(`not a numeral: ${words.join(' ')}`);
  return rest.length === 0 ? total : total + digit(rest[0]);
}

function digit(word: string | undefined): bigint {
  const value = word === undefined ? undefined : DIGITS[word];
  if (value === undefined) throw new Error(`not a digit: ${word}`);
  return value;
}
