import { isXmlText } from './characters';
import { XmlError } from './xml-error';

/** An element as it stands in its source: either text or child elements, never both. */
export interface XmlElement {
  /** As written, with its prefix. */
  readonly name: string;
  /** Without its prefix. */
  readonly localName: string;
  /** Empty where none is declared. */
  readonly namespace: string;
  /** By name as written, namespace declarations included. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Empty where there are children. */
  readonly text: string;
  /** `source.slice(start, end)` is the element byte for byte. */
  readonly start: number;
  readonly end: number;
}

export interface XmlLimits {
  /** Characters of the whole document. */
  readonly maxLength: number;
  readonly maxDepth: number;
  readonly maxElements: number;
  /** Of one element. */
  readonly maxAttributes: number;
}

/** An invoice of ten thousand lines passes; what is larger is no invoice. */
export const XML_LIMITS: XmlLimits = { maxLength: 8_000_000, maxDepth: 32, maxElements: 250_000, maxAttributes: 16 };

interface OpenElement {
  readonly name: string;
  readonly localName: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  readonly scope: ReadonlyMap<string, string>;
  readonly start: number;
  text: string;
}

/** Where an error is. Told only when there is one: counting siblings for every element would make time grow with its square. */
type Path = () => string;

const DECLARATION =
  /<\?xml version=(["'])1\.0\1(?: encoding=(["'])(?:UTF|utf)-8\2)?(?: standalone=(["'])(?:yes|no)\3)?\s*\?>/y;
const SPACE = /[ \t\r\n]*/y;
const PART = '[A-Za-z_][A-Za-z0-9_.-]*';
const OPENING = new RegExp(`<(${PART}(?::${PART})?)`, 'y');
const ATTRIBUTE = new RegExp(
  `[ \\t\\r\\n]+(${PART}(?::${PART})?)[ \\t\\r\\n]*=[ \\t\\r\\n]*(?:"([^"<]*)"|'([^'<]*)')`,
  'y',
);
const TAG_END = /[ \t\r\n]*(\/?)>/y;
const CLOSING = new RegExp(`</(${PART}(?::${PART})?)[ \\t\\r\\n]*>`, 'y');
const REFERENCE = /&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));|&/g;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
const ROOT_SCOPE: ReadonlyMap<string, string> = new Map([
  ['', ''],
  ['xml', XML_NAMESPACE],
]);

/**
 * Reads a document of the strict subset of XML 1.0 that invoices and messages are written in: one root, elements with
 * either text or children, the five predefined entities and character references. Document types, processing
 * instructions, comments and CDATA sections are refused, because readers disagree about them and signatures are
 * attacked through that; so are undeclared prefixes and whatever exceeds the limits. Text is given as written: no
 * trimming, no numbers. Libraries are laxer (fast-xml-parser keeps undefined entities, xmldom repairs), and a test
 * holds that what passes here reads the same there. Throws XmlError.
 */
export function readXml(source: string, limits: XmlLimits = XML_LIMITS): XmlElement {
  return new Reader(source, limits).document();
}

class Reader {
  private position = 0;
  private elements = 0;
  private readonly open: OpenElement[] = [];

  constructor(
    private readonly source: string,
    private readonly limits: XmlLimits,
  ) {}

  document(): XmlElement {
    if (this.source.length > this.limits.maxLength) {
      throw new XmlError('/', `has more than ${this.limits.maxLength} characters`);
    }
    if (!isXmlText(this.source)) throw new XmlError('/', 'holds a character that may not stand in a document');
    if (this.source.startsWith('\uFEFF')) this.position = 1;
    this.take(DECLARATION);
    this.take(SPACE);
    let root: XmlElement | undefined;
    while (root === undefined) root = this.step();
    this.take(SPACE);
    if (this.position < this.source.length) throw this.unexpected('after the end of the document');
    return root;
  }

  /** Reads one tag or one stretch of text; gives the root when it closes. */
  private step(): XmlElement | undefined {
    const current = this.open.at(-1);
    if (this.source.startsWith('</', this.position) && current !== undefined) return this.close(current);
    if (this.source.startsWith('<', this.position)) return this.begin(current);
    if (current === undefined) throw this.unexpected('where the root element should begin');
    const next = this.source.indexOf('<', this.position);
    if (next === -1) throw this.error('is not closed');
    const raw = this.source.slice(this.position, next);
    if (raw.includes(']]>')) throw this.error('holds "]]>" in its text');
    current.text += this.decode(raw.replaceAll(/\r\n?/g, '\n'), () => this.path());
    this.position = next;
    return undefined;
  }

  private begin(parent: OpenElement | undefined): XmlElement | undefined {
    const start = this.position;
    const name = this.take(OPENING)?.[1];
    if (name === undefined) throw this.unexpected('where a tag should begin');
    this.elements += 1;
    if (this.elements > this.limits.maxElements) throw this.error(`more than ${this.limits.maxElements} elements`);
    if (this.open.length >= this.limits.maxDepth) throw this.error(`is nested deeper than ${this.limits.maxDepth}`);
    const path: Path = () => `${this.path()}/${name}`;
    const attributes = this.attributes(path);
    const end = this.take(TAG_END);
    if (end === undefined) throw new XmlError(path(), 'has a tag that is not well-formed');
    const scope = scopeOf(attributes, parent?.scope ?? ROOT_SCOPE, path);
    const { localName, namespace } = resolve(name, scope, path);
    const element = { name, localName, namespace, attributes, children: [], scope, start, text: '' };
    this.open.push(element);
    return end[1] === '/' ? this.finish(element) : undefined;
  }

  private attributes(path: Path): ReadonlyMap<string, string> {
    const attributes = new Map<string, string>();
    for (let match = this.take(ATTRIBUTE); match !== undefined; match = this.take(ATTRIBUTE)) {
      const [, name = '', double, single] = match;
      const at: Path = () => `${path()}/@${name}`;
      if (attributes.has(name)) throw new XmlError(at(), 'is given twice');
      if (attributes.size >= this.limits.maxAttributes) throw new XmlError(path(), 'has too many attributes');
      const raw = double ?? single ?? '';
      if (/[\t\r\n]/.test(raw)) throw new XmlError(at(), 'holds a line break or tab');
      attributes.set(name, this.decode(raw, at));
    }
    return attributes;
  }

  private close(current: OpenElement): XmlElement | undefined {
    const name = this.take(CLOSING)?.[1];
    if (name !== current.name) throw this.error(`is closed by another tag than </${current.name}>`);
    return this.finish(current);
  }

  private finish({ scope: _, ...element }: OpenElement): XmlElement | undefined {
    const { children } = element;
    const text = children.length > 0 ? element.text.replaceAll(/[ \t\n]/g, '') : element.text;
    if (children.length > 0 && text !== '') throw this.error('has text beside its elements');
    this.open.pop();
    const done: XmlElement = { ...element, text, end: this.position };
    const parent = this.open.at(-1);
    if (parent === undefined) return done;
    parent.children.push(done);
    return undefined;
  }

  private decode(raw: string, path: Path): string {
    return raw.replaceAll(REFERENCE, (whole: string, entity?: string, decimal?: string, hex?: string) => {
      if (entity !== undefined) return ENTITIES[entity] ?? '';
      if (decimal === undefined && hex === undefined) throw new XmlError(path(), 'holds an entity that is not defined');
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      const character = code <= 0x10_ff_ff ? String.fromCodePoint(code) : '\0';
      if (!isXmlText(character)) throw new XmlError(path(), `holds ${whole}, which may not stand in a document`);
      return character;
    });
  }

  private take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.source);
    if (match === null) return undefined;
    this.position = pattern.lastIndex;
    return match;
  }

  private unexpected(where: string): XmlError {
    const kinds: readonly (readonly [string, string])[] = [
      ['<!--', 'a comment'],
      ['<![CDATA[', 'a CDATA section'],
      ['<!', 'a document type'],
      ['<?', 'a processing instruction'],
    ];
    const found = kinds.find(([start]) => this.source.startsWith(start, this.position));
    return this.error(`holds ${found?.[1] ?? 'something that is not well-formed'} ${where}`);
  }

  private error(reason: string): XmlError {
    return new XmlError(this.path() || '/', reason);
  }

  private path(): string {
    return this.open.map(({ name }, depth) => `/${name}${this.indexOf(name, depth)}`).join('');
  }

  private indexOf(name: string, depth: number): string {
    const before = this.open[depth - 1]?.children.filter((sibling) => sibling.name === name).length ?? 0;
    return before === 0 ? '' : `[${before + 1}]`;
  }
}

function scopeOf(
  attributes: ReadonlyMap<string, string>,
  outer: ReadonlyMap<string, string>,
  path: Path,
): ReadonlyMap<string, string> {
  let scope: Map<string, string> | undefined;
  for (const [name, value] of attributes) {
    const prefix = name === 'xmlns' ? '' : /^xmlns:(.+)$/.exec(name)?.[1];
    if (prefix === undefined) continue;
    if (prefix === 'xml' || prefix === 'xmlns' || value === XML_NAMESPACE || (prefix !== '' && value === '')) {
      throw new XmlError(`${path()}/@${name}`, 'is a namespace that may not be declared');
    }
    scope ??= new Map(outer);
    scope.set(prefix, value);
  }
  const inner = scope ?? outer;
  for (const name of attributes.keys()) {
    if (name.includes(':') && !name.startsWith('xmlns:')) resolve(name, inner, () => `${path()}/@${name}`);
  }
  return inner;
}

function resolve(
  name: string,
  scope: ReadonlyMap<string, string>,
  path: Path,
): Pick<XmlElement, 'localName' | 'namespace'> {
  const colon = name.indexOf(':');
  const namespace = scope.get(colon === -1 ? '' : name.slice(0, colon));
  if (namespace === undefined) throw new XmlError(path(), 'has a prefix that is not declared');
  return { localName: name.slice(colon + 1), namespace };
}
