/** Text in the form in which it is compared and sent: NFC, trimmed, one space between words; `''` for what is no text. */
export function tidyText(value: unknown): string {
  return typeof value === 'string' ? value.normalize('NFC').trim().replaceAll(/\s+/g, ' ') : '';
}

/** What is wrong with a text of an invoice; undefined when nothing is. */
export function textProblem(value: unknown, maxLength: number, required: boolean): string | undefined {
  if (value === undefined || value === null || value === '') return required ? 'is required' : undefined;
  if (typeof value !== 'string') return 'must be text';
  const text = tidyText(value);
  if (text === '') return required ? 'is required' : undefined;
  if (text.length > maxLength) return `must have at most ${maxLength} characters`;
  return isPrintable(text) ? undefined : 'must not hold control characters';
}

/** XML 1.0 has no place for control characters and halves of surrogate pairs, and vendors' JSON readers break on them. */
function isPrintable(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const surrogate = code >= 0xd800 && code <= 0xdfff;
    if (code < 0x20 || code === 0x7f || surrogate || code === 0xfffe || code === 0xffff) return false;
  }
  return true;
}
