/** A source of random bytes, so that a run can be replayed from a seed. */
export type RandomBytes = (size: number) => Uint8Array;

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LENGTH = 12;
/** The largest multiple of 36 that a byte can hold: bytes above it would favour the first letters. */
const FAIR_LIMIT = 252;

/** An attempt's reference: `ATT` and 12 of base 36. Its 15 characters fit the shortest reference field (QR-MMS `txnId`). */
export function attemptUid(random: RandomBytes): string {
  return `ATT${base36(random)}`;
}

/** A transaction's code for people: `TXN` and 12 of base 36. */
export function transactionUid(random: RandomBytes): string {
  return `TXN${base36(random)}`;
}

/** Whether a text can be a reference at every provider: 1..15 of `[A-Z0-9_]`. */
export function isProviderSafeReference(text: string): boolean {
  return /^[A-Z0-9_]{1,15}$/.test(text);
}

function base36(random: RandomBytes): string {
  let text = '';
  while (text.length < LENGTH) {
    for (const byte of random(LENGTH)) {
      if (byte < FAIR_LIMIT && text.length < LENGTH) text += ALPHABET.charAt(byte % 36);
    }
  }
  return text;
}
