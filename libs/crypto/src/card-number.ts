/** Where a card-like number stands in a text. The number itself is never handed on. */
export interface CardNumberMatch {
  readonly index: number;
  readonly length: number;
}

const RUN = /(?<!\d)\d{13,19}(?!\d)/g;
/** The ways in which cards print their number in groups; other grouped digits (amounts, phones) are left alone. */
const GROUPED = [
  [4, 4, 4, 4, 3],
  [4, 4, 4, 4, 2],
  [4, 4, 4, 4, 1],
  [4, 4, 4, 4],
  [4, 4, 4, 3],
  [4, 4, 4, 2],
  [4, 4, 4, 1],
  [4, 4, 5],
  [4, 6, 5],
  [4, 6, 4],
].map((groups) => new RegExp(`(?<!\\d)(?=(${groups.map((size) => `\\d{${size}}`).join('[ -]')})(?!\\d))`, 'g'));

/** Luhn's check (ISO/IEC 7812-1, annex B) over a text of digits. */
export function isLuhnValid(digits: string): boolean {
  let total = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48;
    const doubled = digit * 2;
    if (place % 2 === 0) total += digit;
    else total += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits.length > 0 && total % 10 === 0;
}

/** The first Luhn-valid run of 13 to 19 digits, plain or in a card's groups; undefined when there is none. */
export function findCardNumber(text: string): CardNumberMatch | undefined {
  let first: CardNumberMatch | undefined;
  for (const match of cardNumbers(text)) {
    if (first === undefined || match.index < first.index) first = match;
  }
  return first;
}

/** The text with the digits of every card-like number turned to stars; length and separators stay. */
export function maskCardNumbers(text: string): string {
  // Whole groups are masked: leaving the last four digits could make a new number with the groups that follow.
  let units: string[] | undefined;
  for (const { index, length } of cardNumbers(text)) {
    units ??= text.split('');
    for (let place = index; place < index + length; place += 1) {
      if (/\d/.test(text.charAt(place))) units[place] = '*';
    }
  }
  return units === undefined ? text : units.join('');
}

function* cardNumbers(text: string): Generator<CardNumberMatch> {
  for (const pattern of [RUN, ...GROUPED]) {
    for (const match of text.matchAll(pattern)) {
      const number = match[1] ?? match[0];
      if (isLuhnValid(number.replace(/[ -]/g, ''))) yield { index: match.index, length: number.length };
    }
  }
}
