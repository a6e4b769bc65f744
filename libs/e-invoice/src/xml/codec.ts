import { characterProblem, escapeAttribute, escapeText } from './characters';
import { readXml } from './read-xml';
import type { XmlElement } from './read-xml';
import { XmlError } from './xml-error';
import type { XmlProblem } from './xml-error';

/** Where a document is written to; problems are collected, so that a caller may see all of them at once. */
export interface XmlOutput {
  readonly parts: string[];
  readonly problems: XmlProblem[];
}

/** One kind of element, in both directions. `read` throws XmlError; `write` never throws. */
export interface ElementCodec<T> {
  write(name: string, value: T, path: string, output: XmlOutput): void;
  read(element: XmlElement, path: string, source: string): T;
}

export interface Member<T, K extends 'one' | 'optional' | 'list' = 'one' | 'optional' | 'list'> {
  readonly kind: K;
  readonly codec: ElementCodec<T>;
  readonly min: number;
  readonly max: number;
}

type Members = Readonly<Record<string, Member<unknown>>>;
type ValueOf<M> = M extends Member<infer T, 'list'> ? readonly T[] : M extends Member<infer T> ? T : never;
type OptionalNames<M extends Members> = { [K in keyof M]: M[K]['kind'] extends 'optional' ? K : never }[keyof M];

/** The value of a sequence: members under the names of their elements. */
export type SequenceOf<M extends Members> = {
  readonly [K in Exclude<keyof M, OptionalNames<M>>]: ValueOf<M[K]>;
} & { readonly [K in OptionalNames<M>]?: ValueOf<M[K]> | undefined };

/** The value type of a codec. */
export type Decoded<C> = C extends ElementCodec<infer T> ? T : never;

/** What an open sequence keeps of elements that no public source describes: their XML as it stood, in order. */
export interface Undescribed {
  readonly others?: readonly string[] | undefined;
}

export interface Identified {
  /** Attribute `Id`, which a signature may refer to. */
  readonly Id?: string | undefined;
}

interface SequenceOptions {
  /** Whether the element may carry the attribute `Id`. */
  readonly id?: boolean;
  /** Vendors disagree about the order, so any is read; writing keeps ours. */
  readonly anyOrder?: boolean;
  /** Keeps unknown elements in `others` instead of refusing them, in any order. */
  readonly open?: boolean;
}

const ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;
const MAX_LIST = 10_000;

export function one<T>(codec: ElementCodec<T>): Member<T, 'one'> {
  return { kind: 'one', codec, min: 1, max: 1 };
}

export function optional<T>(codec: ElementCodec<T>): Member<T, 'optional'> {
  return { kind: 'optional', codec, min: 0, max: 1 };
}

export function list<T>(codec: ElementCodec<T>, min = 1, max = MAX_LIST): Member<T, 'list'> {
  return { kind: 'list', codec, min, max };
}

/** Elements in a fixed order. Unknown, repeated and missing elements and unknown attributes are refused. */
export function sequence<const M extends Members>(members: M): ElementCodec<SequenceOf<M>>;
export function sequence<const M extends Members>(
  members: M,
  options: SequenceOptions & { readonly open: true },
): ElementCodec<SequenceOf<M> & Undescribed & Identified>;
export function sequence<const M extends Members>(
  members: M,
  options: SequenceOptions & { readonly id: true },
): ElementCodec<SequenceOf<M> & Identified>;
export function sequence<const M extends Members>(members: M, options: SequenceOptions): ElementCodec<SequenceOf<M>>;
export function sequence(members: Members, options: SequenceOptions = {}): ElementCodec<unknown> {
  return new Sequence(members, options);
}

/** Text of one element; `check` says what is wrong with a value, or nothing. */
export function leaf(check: (text: string) => string | undefined): ElementCodec<string> {
  return {
    write(name, value: unknown, path, { parts, problems }) {
      const detail = typeof value === 'string' ? check(value) : 'must be text';
      if (detail === undefined) parts.push(`<${name}>`, escapeText(String(value)), `</${name}>`);
      else problems.push({ path, detail });
    },
    read(element, path) {
      refuseAttributes(element, path, false, false);
      return readText(element, path, check);
    },
  };
}

/** Text with an attribute `Id`. */
export function identifiedLeaf(
  check: (text: string) => string | undefined,
): ElementCodec<Identified & { text: string }> {
  return {
    write(name, value, path, { parts, problems }) {
      const detail = typeof value?.text === 'string' ? check(value.text) : 'must be text';
      if (detail !== undefined) problems.push({ path, detail });
      const id = writeId(value, path, problems);
      parts.push(`<${name}${id}>`, escapeText(String(value?.text)), `</${name}>`);
    },
    read(element, path) {
      refuseAttributes(element, path, true, false);
      return { ...readId(element, path), text: readText(element, path, check) };
    },
  };
}

/** An element carried as its XML stands, byte for byte: signatures, and what no public source describes. */
export function raw(): ElementCodec<string> {
  return {
    write(name, value: unknown, path, { parts, problems }) {
      const detail = typeof value === 'string' ? fragmentProblem(value, name) : 'must be XML text';
      if (detail === undefined) parts.push(String(value));
      else problems.push({ path, detail });
    },
    read(element, path, source) {
      const text = source.slice(element.start, element.end);
      const detail = fragmentProblem(text, element.name);
      if (detail !== undefined) throw new XmlError(path, detail);
      return text;
    },
  };
}

/** Builds a document, or the part of one at `path`, in canonical form without declaration. Throws XmlError for the first problem. */
export function buildDocument<T>(name: string, codec: ElementCodec<T>, value: T, path = `/${name}`): string {
  const output: XmlOutput = { parts: [], problems: [] };
  codec.write(name, value, path, output);
  const [problem] = output.problems;
  if (problem !== undefined) throw new XmlError(problem.path, problem.detail);
  return output.parts.join('');
}

/** Everything that keeps a value from being built. */
export function documentProblems<T>(name: string, codec: ElementCodec<T>, value: T): readonly XmlProblem[] {
  const output: XmlOutput = { parts: [], problems: [] };
  codec.write(name, value, `/${name}`, output);
  return output.problems;
}

/** Reads a document, or the part of one at `path`, whose root is `name` without a namespace. Throws XmlError. */
export function parseDocument<T>(name: string, codec: ElementCodec<T>, source: string, path = `/${name}`): T {
  const root = readXml(source);
  if (root.name !== name) throw new XmlError(`/${root.name}`, `is not the root ${name}`);
  return codec.read(root, path, source);
}

class Sequence implements ElementCodec<unknown> {
  private readonly names: readonly string[];

  constructor(
    private readonly members: Readonly<Record<string, Member<unknown>>>,
    private readonly options: SequenceOptions,
  ) {
    this.names = Object.keys(members);
  }

  write(name: string, value: unknown, path: string, output: XmlOutput): void {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      output.problems.push({ path, detail: value === undefined ? 'is required' : 'must be an object' });
      return;
    }
    const given = value as Readonly<Record<string, unknown>>;
    const id = this.takesId() ? writeId(given, path, output.problems) : '';
    output.parts.push(`<${name}${id}>`);
    for (const [member, content] of Object.entries(given)) {
      const known = Object.hasOwn(this.members, member) || (member === 'Id' && this.takesId()) || this.isOthers(member);
      if (!known && content !== undefined) output.problems.push({ path: `${path}/${member}`, detail: 'is not known' });
    }
    for (const member of this.names) this.writeMember(member, given[member], path, output);
    if (this.options.open) writeOthers(given['others'], path, this.members, output);
    output.parts.push(`</${name}>`);
  }

  read(element: XmlElement, path: string, source: string): unknown {
    if (element.namespace !== '') throw new XmlError(path, 'must not be in a namespace');
    refuseAttributes(element, path, this.takesId(), this.options.open === true);
    if (element.text.trim() !== '') throw new XmlError(path, 'must hold elements, not text');
    const value: Record<string, unknown> = { ...readId(element, path) };
    const others: string[] = [];
    const counts = new Map<string, number>();
    let last = -1;
    for (const child of element.children) {
      const member = Object.hasOwn(this.members, child.name) ? this.members[child.name] : undefined;
      const at = `${path}/${child.name}`;
      if (member === undefined) {
        if (!this.options.open) throw new XmlError(at, 'is not known here');
        others.push(raw().read(child, at, source));
        continue;
      }
      const count = (counts.get(child.name) ?? 0) + 1;
      counts.set(child.name, count);
      if (count > member.max) throw new XmlError(at, member.max === 1 ? 'is given twice' : `more than ${member.max}`);
      const index = this.names.indexOf(child.name);
      if (index < last && !this.options.open && !this.options.anyOrder) throw new XmlError(at, 'is out of order');
      last = index;
      if (member.kind === 'list') {
        const items = (value[child.name] ??= []) as unknown[];
        items.push(member.codec.read(child, `${at}[${count}]`, source));
      } else value[child.name] = member.codec.read(child, at, source);
    }
    this.refuseMissing(value, path);
    return others.length === 0 ? value : { ...value, others };
  }

  private writeMember(name: string, value: unknown, path: string, output: XmlOutput): void {
    const member = this.members[name];
    if (member === undefined) return;
    const at = `${path}/${name}`;
    if (member.kind !== 'list') {
      if (value !== undefined) member.codec.write(name, value, at, output);
      else if (member.min > 0) output.problems.push({ path: at, detail: 'is required' });
      return;
    }
    const items: readonly unknown[] = Array.isArray(value) ? value : [];
    if (!Array.isArray(value)) output.problems.push({ path: at, detail: 'must be a list' });
    else if (items.length < member.min || items.length > member.max) {
      output.problems.push({ path: at, detail: `must be given ${member.min} to ${member.max} times` });
    }
    items.forEach((item, index) => member.codec.write(name, item, `${at}[${index + 1}]`, output));
  }

  private refuseMissing(value: Record<string, unknown>, path: string): void {
    for (const [name, member] of Object.entries(this.members)) {
      if (member.kind === 'list') value[name] ??= [];
      const count = member.kind === 'list' ? (value[name] as unknown[]).length : Number(value[name] !== undefined);
      if (count < member.min) throw new XmlError(`${path}/${name}`, 'is required');
    }
  }

  private takesId(): boolean {
    return this.options.id === true || this.options.open === true;
  }

  private isOthers(member: string): boolean {
    return member === 'others' && this.options.open === true;
  }
}

function readText(element: XmlElement, path: string, check: (text: string) => string | undefined): string {
  if (element.namespace !== '') throw new XmlError(path, 'must not be in a namespace');
  if (element.children.length > 0) throw new XmlError(path, 'must hold text, not elements');
  const detail = check(element.text);
  if (detail !== undefined) throw new XmlError(path, detail);
  return element.text;
}

function readId(element: XmlElement, path: string): Identified {
  const id = element.attributes.get('Id');
  if (id === undefined) return {};
  if (!ID.test(id)) throw new XmlError(`${path}/@Id`, 'must be letters, digits, "_", "." and "-"');
  return { Id: id };
}

function writeId(value: Identified, path: string, problems: XmlProblem[]): string {
  const id: unknown = value?.Id;
  if (id === undefined) return '';
  if (typeof id === 'string' && ID.test(id)) return ` Id="${escapeAttribute(id)}"`;
  problems.push({ path: `${path}/@Id`, detail: 'must be letters, digits, "_", "." and "-"' });
  return '';
}

/** Prefixes that an open element declares are dropped; XML below it that uses them cannot stand alone and is refused. */
function refuseAttributes(element: XmlElement, path: string, id: boolean, open: boolean): void {
  for (const name of element.attributes.keys()) {
    if ((id && name === 'Id') || (open && name.startsWith('xmlns:'))) continue;
    throw new XmlError(`${path}/@${name}`, 'is not known here');
  }
}

function writeOthers(value: unknown, path: string, members: object, { parts, problems }: XmlOutput): void {
  if (value === undefined) return;
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_LIST) {
    problems.push({ path: `${path}/others`, detail: `must be a list of 1 to ${MAX_LIST}` });
    return;
  }
  value.forEach((item: unknown, index) => {
    const detail = typeof item === 'string' ? fragmentProblem(item, undefined, members) : 'must be XML text';
    if (detail === undefined) parts.push(String(item));
    else problems.push({ path: `${path}/others[${index + 1}]`, detail });
  });
}

/** Why a text is not exactly one element that can stand alone, or undefined. */
function fragmentProblem(text: string, name: string | undefined, known: object = {}): string | undefined {
  try {
    const root = readXml(text);
    if (root.start !== 0 || root.end !== text.length) return 'must be one element and nothing around it';
    if (name !== undefined && root.name !== name) return `must be the element ${name}`;
    return Object.hasOwn(known, root.name) ? `holds ${root.name}, which has a member of its own` : undefined;
  } catch (error) {
    if (error instanceof XmlError) return `is not well-formed: ${error.message}`;
    throw error;
  }
}

/** `check` of a text of `min` to `max` characters without control characters; line breaks pass where `multiline`. */
export function textCheck(max: number, min = 1, multiline = false): (text: string) => string | undefined {
  return (text) => {
    if (text.length < min) return 'must not be empty';
    if (text.length > max) return `must have at most ${max} characters`;
    return characterProblem(text, multiline);
  };
}
