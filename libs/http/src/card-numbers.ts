/** Digits with single blanks, dots or dashes between them, as people write card numbers. */
const DIGIT_RUN = /\d(?:[ .-]?\d){12,}/g;

/** ISO/IEC 7812-1 annex B check of a text of digits. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Whether a text holds what may be a card number: a run of 13 to 19 digits that passes the Luhn check. */
export function holdsCardNumber(text: string): boolean {
  if (text.length < 13) return false;
  for (const [run] of text.matchAll(DIGIT_RUN)) {
    const digits = run.replace(/\D/g, '');
    if (digits.length <= 19 && passesLuhn(digits)) return true;
  }
  return false;
}

/** Masks card numbers in foreign evidence, all but the last four digits. */
export const maskCardNumbers = (text: string): string =>
  text.replace(DIGIT_RUN, (run) => {
    const digits = run.replace(/\D/g, '');
    return digits.length <= 19 && passesLuhn(digits) ? `${'*'.repeat(digits.length - 4)}${digits.slice(-4)}` : run;
  });
