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
  const consider = (index: number, number: string): void => {
    if (first !== undefined && first.index <= index) return;
    if (isLuhnValid(number.replace(/[ -]/g, ''))) first = { index, length: number.length };
  };
  for (const match of text.matchAll(RUN)) consider(match.index, match[0]);
  for (const layout of GROUPED) {
    for (const match of text.matchAll(layout)) consider(match.index, match[1] ?? '');
  }
  return first;
}

/** The text with every card-like number turned to stars but its last four digits; the length stays. */
export function maskCardNumbers(text: string): string {
  let masked = text;
  for (let match = findCardNumber(masked); match !== undefined; match = findCardNumber(masked)) {
    const end = match.index + match.length;
    const stars = masked.slice(match.index, end - 4).replace(/\d/g, '*');
    masked = masked.slice(0, match.index) + stars + masked.slice(end - 4);
  }
  return masked;
}
