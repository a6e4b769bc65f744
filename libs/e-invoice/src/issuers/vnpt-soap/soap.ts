import { InvalidInvoiceError } from '../../problem';
import { escapeText, isXmlText } from '../../xml/characters';
import { readXml, type XmlElement, type XmlLimits } from '../../xml/read-xml';
import { XmlError } from '../../xml/xml-error';
import { AnswerFormatError } from '../answer-format';

/** Namespace of the vendor's methods. */
const METHODS = 'http://tempuri.org/';
const ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';

export const SMALL_XML: XmlLimits = { maxLength: 1_000_000, maxDepth: 12, maxElements: 20_000, maxAttributes: 8 };
/** A PDF as base64 inside an envelope. */
export const FILE_XML: XmlLimits = { ...SMALL_XML, maxLength: 24_000_000 };

/** An element with text. Throws InvalidInvoiceError for a character that XML does not allow; `pointer` names its source. */
export function element(name: string, value: string, pointer: string): string {
  if (!isXmlText(value)) {
    throw new InvalidInvoiceError([{ pointer, detail: 'holds a character that XML does not allow' }]);
  }
  return `<${name}>${escapeText(value)}</${name}>`;
}

/** Text that is XML itself, as one section; a `]]>` inside is split over two (XML 1.0 §2.7). */
export function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}

/** A SOAP 1.1 envelope around one method's arguments, which are elements already. */
export function envelopeOf(method: string, content: readonly string[]): string {
  const body = `<${method} xmlns="${METHODS}">${content.join('')}</${method}>`;
  return `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${ENVELOPE}"><soap:Body>${body}</soap:Body></soap:Envelope>`;
}

/** Header that names the method (SOAP 1.1 §6.1.1). */
export function soapAction(method: string): string {
  return `"${METHODS}${method}"`;
}

/** The text of `{method}Result` in an answer. Throws AnswerFormatError, for a Fault too. */
export function resultOf(body: string, method: string, limits = SMALL_XML): string {
  const soapBody = childOf(parse(body, limits), 'Body');
  const fault = soapBody.children.find(({ localName }) => localName === 'Fault');
  if (fault !== undefined) {
    const told = fault.children.find(({ localName }) => localName === 'faultstring')?.text ?? '';
    throw new AnswerFormatError('/Envelope/Body/Fault', told.trim().slice(0, 300));
  }
  const result = childOf(childOf(soapBody, `${method}Response`), `${method}Result`);
  if (result.children.length > 0) throw new AnswerFormatError(`/${method}Result`, 'is no text');
  return result.text.trim();
}

/**
 * Reads XML without document types, comments and entities of its own. CDATA sections, which the vendor puts around
 * names, count as text. Throws AnswerFormatError.
 */
export function parse(text: string, limits = SMALL_XML): XmlElement {
  if (text.length > limits.maxLength) throw new AnswerFormatError('', `has more than ${limits.maxLength} characters`);
  try {
    return readXml(withoutSections(text), limits);
  } catch (error) {
    if (error instanceof XmlError) throw new AnswerFormatError(error.path, error.reason);
    throw error;
  }
}

/** Sections as text. One look for each end: a pattern would search the rest of the text again for every one left open. */
function withoutSections(text: string): string {
  const [before = '', ...sections] = text.split('<![CDATA[');
  let inside = '';
  const parts = sections.map((section) => {
    const end = section.indexOf(']]>');
    // What looks like a beginning inside a section is part of its text.
    if (end === -1) inside += `${section}<![CDATA[`;
    if (end === -1) return '';
    const whole = escapeText(inside + section.slice(0, end)) + section.slice(end + 3);
    inside = '';
    return whole;
  });
  if (inside !== '') throw new AnswerFormatError('', 'holds a CDATA section that is not closed');
  return before + parts.join('');
}

function childOf(parent: XmlElement, localName: string): XmlElement {
  const [child, ...others] = parent.children.filter((candidate) => candidate.localName === localName);
  if (child === undefined || others.length > 0) throw new AnswerFormatError(`/${localName}`, 'is not there once');
  return child;
}
