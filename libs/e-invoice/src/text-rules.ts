/** Text in the form in which it is compared and sent: NFC, trimmed, one space between words; `''` for what is no text. */
export function tidyText(value: unknown): string {
  return typeof value === 'string' ? value.normalize('NFC').trim().replaceAll(/\s+/g, ' ') : '';
}

// eslint-disable-next-line no-control-regex -- XML 1.0 has no place for these, and vendors' JSON readers break on them
const UNPRINTABLE =
  /[\u0000-\u001f\u007f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** What is wrong with a text of an invoice; undefined when nothing is. */
export function textProblem(value: unknown, maxLength: number, required: boolean): string | undefined {
  if (value === undefined || value === null || value === '') return required ? 'is required' : undefined;
  if (typeof value !== 'string') return 'must be text';
  const text = tidyText(value);
  if (text === '') return required ? 'is required' : undefined;
  if (text.length > maxLength) return `must have at most ${maxLength} characters`;
  return UNPRINTABLE.test(text) ? 'must not hold control characters' : undefined;
}
