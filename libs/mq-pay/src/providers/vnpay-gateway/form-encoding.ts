/**
 * Form encoding as VNPAY's signature wants it (VNPAY 2.1.0, secure hash): UTF-8, space as `+`, upper-case hex, and
 * nothing but letters, digits and `- _ .` left as it is, like PHP's `urlencode`.
 *
 * Encoders disagree on six characters, and each disagreement breaks a signature:
 *
 * | encoder                   | `!` | `'` | `(` `)` | `*` | `~` | space |
 * | PHP `urlencode`, this one | %21 | %27 | %28 %29 | %2A | %7E | +     |
 * | JS `URLSearchParams`      | %21 | %27 | %28 %29 | *   | %7E | +     |
 * | Java `URLEncoder`         | %21 | %27 | %28 %29 | *   | %7E | +     |
 * | .NET `WebUtility`         | !   | %27 | ( )     | *   | %7E | +     |
 * | JS `encodeURIComponent`   | !   | '   | ( )     | *   | ~   | %20   |
 *
 * So what we send holds none of the six, and what we receive is checked against its own text too (`VnpParameters`).
 */
export function formEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(DISPUTED, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

const DISPUTED = /[!'()*~]/g;

/** Reads form encoding; null for broken percent signs, for bytes that are no UTF-8 and for lone surrogates. */
export function formDecode(text: string): string | null {
  if (/\p{Surrogate}/u.test(text)) return null;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
