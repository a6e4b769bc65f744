/**
 * Latin letters without accents, printable ASCII only and without `|` (the separator of VNPAY's checksums); runs of
 * blanks become one. Vietnamese is readable this way; everything else disappears.
 */
export function toPlainAscii(text: string): string {
  return text
    .replaceAll('đ', 'd')
    .replaceAll('Đ', 'D')
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]|\|/g, ' ')
    .replace(/ +/g, ' ')
    .trim();
}
