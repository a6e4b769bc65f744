/** A source of random bytes, so that a run can be replayed from a seed. */
export type RandomBytes = (size: number) => Uint8Array;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const DIGITS = '0123456789';
const ATTEMPT_PREFIX = 'ATT';
const LENGTH = 12;
const REFUND_DIGITS = 15;

/**
 * An attempt's reference: `ATT` and 12 of base 36. Its 15 characters fit the shortest reference field (QR-MMS `txnId`).
 * Providers want references unique per terminal and day. Chance alone gives that: of a million references, the chance
 * that any two are equal is below 1 in 9 million (birthday bound n² / 2·36¹²). A unique index must still refuse the
 * second, because a generator whose seed repeats would not be bound by it.
 */
export function attemptUid(random: RandomBytes): string {
  return ATTEMPT_PREFIX + pick(ALPHABET, LENGTH, random);
}

/** A transaction's code for people: `TXN` and 12 of base 36. */
export function transactionUid(random: RandomBytes): string {
  return `TXN${pick(ALPHABET, LENGTH, random)}`;
}

/**
 * The number of a refund where the provider takes digits only (QR-MMS `refundTxnId`): 15 digits without a leading zero,
 * so that every JSON reader holds it exactly. Of a hundred thousand refunds of a merchant, the chance that any two are
 * equal is below 1 in 100,000; a unique index must refuse the second.
 */
export function refundNumber(random: RandomBytes): string {
  return pick(DIGITS.slice(1), 1, random) + pick(DIGITS, REFUND_DIGITS - 1, random);
}

/** Whether a text has the form of an attempt's reference. */
export function isAttemptUid(text: string): boolean {
  return /^ATT[0-9A-Z]{12}$/.test(text);
}

/** Whether a text can be a reference at every provider: 1..15 of `[A-Z0-9_]`. */
export function isProviderSafeReference(text: string): boolean {
  return /^[A-Z0-9_]{1,15}$/.test(text);
}

/** Whether a text can be the number of a refund: 1 to 15 digits without a leading zero. */
export function isRefundNumber(text: string): boolean {
  return /^[1-9][0-9]{0,14}$/.test(text);
}

/** Characters of the alphabet, each equally likely: bytes beyond the last full round of it would favour the first. */
function pick(alphabet: string, length: number, random: RandomBytes): string {
  const fairLimit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of random(length - text.length)) {
      if (byte < fairLimit && text.length < length) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}
