import { constantTimeEqualHex, md5Hex } from '@nx/crypto';

/** What may stand in a signed field of ours: printable ASCII without the separator. */
export const SIGNABLE = /^[\x20-\x7b\x7d\x7e]+$/;

/** A signed field contains the separator, so two different messages could have one checksum. */
export class UnsignableFieldError extends RangeError {
  override readonly name = 'UnsignableFieldError';
}

/** The fields of a checksum joined by `|`; a JSON null counts as the word `null`. Throws `UnsignableFieldError`. */
export function signedText(fields: readonly (string | null)[]): string {
  if (fields.some((field) => field?.includes('|'))) throw new UnsignableFieldError('A signed field contains “|”.');
  return fields.map((field) => field ?? 'null').join('|');
}

/** MD5 over the joined fields and, last, the secret; upper-case hex as VNPAY prints it. */
export function checksum(fields: readonly (string | null)[], secret: string): string {
  return md5Hex(`${signedText(fields)}|${secret}`).toUpperCase();
}

/** Constant time, upper and lower case alike; a field that cannot be signed never matches. */
export function checksumMatches(fields: readonly (string | null)[], secret: string, received: string): boolean {
  try {
    return constantTimeEqualHex(checksum(fields, secret), received);
  } catch (error) {
    if (error instanceof UnsignableFieldError) return false;
    throw error;
  }
}
