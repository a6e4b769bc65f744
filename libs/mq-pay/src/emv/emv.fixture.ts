import fc from 'fast-check';
import { crc16CcittFalse } from './crc16';
import { EmvError } from './emv-error';
import type { EmvErrorReason } from './emv-error';

/** Object path and reason of the error, or what came instead. */
export function refusal(act: () => unknown): { path: string; reason: EmvErrorReason } {
  try {
    const value = act();
    throw new TypeError(`no error, but ${JSON.stringify(value)}`);
  } catch (error) {
    if (error instanceof EmvError) return { path: error.path, reason: error.reason };
    throw error;
  }
}

/** A head with a CRC that fits, however broken the head is. */
export function sealed(head: string): string {
  const crc = crc16CcittFalse(new TextEncoder().encode(`${head}6304`));
  return `${head}6304${crc.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Texts as merchants have them: ASCII, Vietnamese letters composed and decomposed, emoji. Lengths in code points. */
export const anyText = (maximum: number): fc.Arbitrary<string> =>
  fc
    .array(
      fc.oneof(
        fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
        fc.constantFrom('ế', 'Đ', 'ợ', 'a\u0301', '🍜', '👩‍🍳', '日', '6304'),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      ),
      { minLength: 1, maxLength: maximum },
    )
    .map((parts) => parts.join('').replace(/\p{Cc}/gu, 'x'))
    .map((text) => Array.from(text).slice(0, maximum).join(''));
