// eslint-disable-next-line no-control-regex -- the rule is about exactly these characters
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u0085\u2028\ufffe\uffff]/;
// eslint-disable-next-line no-control-regex -- the rule is about exactly these characters
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/;
// eslint-disable-next-line no-control-regex -- the rule is about exactly these characters
const CONTROL_BUT_BREAKS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/;

/** With the flag `u`, pairs are one character, so only halves match. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/**
 * Whether every character may stand in a document (XML 1.0 §2.2); half a surrogate pair may not. U+0085 and U+2028 may
 * in XML 1.0, but readers with the line ends of XML 1.1 (xmldom, by which we sign) make line feeds of them, so that the
 * two sides of a signature would hash different data.
 */
export function isXmlText(text: string): boolean {
  return !FORBIDDEN.test(text) && !LONE_SURROGATE.test(text);
}

/** What keeps a value out of an invoice, or undefined: control characters, and line breaks where one line is meant. */
export function characterProblem(text: string, multiline: boolean): string | undefined {
  const found = (multiline ? CONTROL_BUT_BREAKS : CONTROL).exec(text);
  if (found !== null) {
    const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return `holds the control character U+${code}`;
  }
  return LONE_SURROGATE.test(text) ? 'holds half a surrogate pair' : undefined;
}

/** Text of an element in the form of exclusive canonical XML (exc-c14n §1.3, c14n §2.3). */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;');
}

/** Value of an attribute in the form of exclusive canonical XML. */
export function escapeAttribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#x9;')
    .replaceAll('\n', '&#xA;')
    .replaceAll('\r', '&#xD;');
}
