import { crc16CcittFalse } from './crc16';
import { EmvError } from './emv-error';

/** One data object. A template carries `children`; its `value` is the text of the children. */
export interface EmvNode {
  readonly id: string;
  readonly value: string;
  readonly children?: readonly EmvNode[];
}

/** What `buildEmv` takes: a value, or children where the object is a template. The CRC (63) is added. */
export type EmvInput =
  { readonly id: string; readonly value: string } | { readonly id: string; readonly children: readonly EmvInput[] };

/** The globally unique identifier of NAPAS, whose scheme is VietQR. */
export const NAPAS_GUID = 'A000000727';
/** What the largest QR picture (version 40, level L, byte mode) holds: bytes of UTF-8. */
const MAXIMUM_BYTES = 2_953;
/** Root, template, and the account within VietQR's template. */
const MAXIMUM_DEPTH = 3;
const CRC_ID = '63';

/**
 * Reads a merchant-presented QR code strictly (EMV QRCPS merchant-presented mode): `00` = `01` first, the CRC last and
 * right, no id twice, each length exact, also within templates (26–51, 62, 64, and the account within VietQR's).
 * Lengths count characters (code points); the CRC goes over the UTF-8 bytes. 80–99 stay plain, because codes in use
 * carry texts there. Throws `EmvError`.
 */
export function parseEmv(text: string): readonly EmvNode[] {
  checkText(text);
  const nodes = readObjects(text, []);
  if (nodes[0]?.id !== '00' || nodes[0].value !== '01') {
    throw new EmvError('00', 'FORMAT_INDICATOR', 'the payload format indicator 01 must come first');
  }
  const last = nodes.at(-1);
  if (last?.id !== CRC_ID || !/^[0-9A-F]{4}$/.test(last.value)) {
    throw new EmvError(CRC_ID, 'CRC_FORM', 'four upper-case hex digits must come last');
  }
  const expected = crcText(text.slice(0, -4));
  if (last.value !== expected) throw new EmvError(CRC_ID, 'CRC_MISMATCH', `is ${last.value}, not ${expected}`);
  return nodes;
}

/** Reads the objects inside a value that is itself a template; `path` leads to it in errors. Throws `EmvError`. */
export function parseTemplate(text: string, path = ''): readonly EmvNode[] {
  checkText(text);
  return readObjects(text, path === '' ? [] : path.split('.'), false);
}

/**
 * Writes the objects in the given order and appends the CRC. What it gives can be read again: it refuses everything
 * that `parseEmv` would refuse. Throws `EmvError`.
 */
export function buildEmv(nodes: readonly EmvInput[]): string {
  if (nodes.some((node) => node.id === CRC_ID)) {
    throw new EmvError(CRC_ID, 'CRC_FORM', 'the CRC is computed, not given');
  }
  const head = `${writeObjects(nodes, [])}${CRC_ID}04`;
  const text = head + crcText(head);
  parseEmv(text);
  return text;
}

/** The value at a path of ids, e.g. `findEmv(nodes, '62', '01')`; undefined when there is none. */
export function findEmv(nodes: readonly EmvNode[], ...path: readonly string[]): string | undefined {
  let level: readonly EmvNode[] = nodes;
  let found: EmvNode | undefined;
  for (const id of path) {
    found = level.find((node) => node.id === id);
    level = found?.children ?? [];
  }
  return found?.value;
}

function checkText(text: string): void {
  // Each UTF-16 unit has at least one byte, so a flood is refused before it is encoded.
  if (text.length > MAXIMUM_BYTES || new TextEncoder().encode(text).length > MAXIMUM_BYTES) {
    throw new EmvError('', 'TOO_LONG', `A QR code holds at most ${MAXIMUM_BYTES} bytes.`);
  }
  if (/\p{Surrogate}/u.test(text)) throw new EmvError('', 'NOT_UNICODE', 'The text is not well-formed Unicode.');
}

function readObjects(text: string, path: readonly string[], deep = true): readonly EmvNode[] {
  const characters = Array.from(text);
  const nodes: EmvNode[] = [];
  for (let at = 0; at < characters.length;) {
    const id = characters.slice(at, at + 2).join('');
    if (!/^[0-9]{2}$/.test(id)) throw new EmvError(path.join('.'), 'BAD_ID', `no id at character ${at}`);
    const here = [...path, id];
    const length = lengthOf(characters.slice(at + 2, at + 4).join(''), here);
    const value = characters.slice(at + 4, at + 4 + length);
    if (value.length < length) throw new EmvError(here.join('.'), 'CUT_OFF', 'ends before its length');
    if (nodes.some((node) => node.id === id)) throw new EmvError(here.join('.'), 'DUPLICATE_ID', 'occurs twice');
    nodes.push(nodeOf(value.join(''), here, deep && isTemplate(here, nodes)));
    at += 4 + length;
  }
  return nodes;
}

function lengthOf(digits: string, path: readonly string[]): number {
  if (/^[0-9]{2}$/.test(digits) && digits !== '00') return Number(digits);
  throw new EmvError(path.join('.'), 'BAD_LENGTH', 'its length is not 01 to 99');
}

function nodeOf(value: string, path: readonly string[], template: boolean): EmvNode {
  const id = path.at(-1) ?? '';
  return template ? { id, value, children: readObjects(value, path) } : { id, value };
}

/** VietQR's account (bank and number) is a template within its template; its lengths have to add up too. */
function isTemplate(path: readonly string[], before: readonly EmvNode[]): boolean {
  const [root = '', id] = path;
  const account = root >= '26' && root <= '51';
  if (path.length === 1) return account || root === '62' || root === '64';
  return path.length === 2 && account && id === '01' && before[0]?.id === '00' && before[0].value === NAPAS_GUID;
}

function writeObjects(nodes: readonly EmvInput[], path: readonly string[]): string {
  if (path.length >= MAXIMUM_DEPTH) {
    throw new EmvError(path.join('.'), 'TOO_DEEP', `at most ${MAXIMUM_DEPTH} levels of objects`);
  }
  return nodes.map((node) => writeObject(node, path)).join('');
}

function writeObject(input: EmvInput, path: readonly string[]): string {
  if (!/^[0-9]{2}$/.test(input.id)) throw new EmvError(path.join('.'), 'BAD_ID', 'an id has two digits');
  const here = [...path, input.id];
  const value = 'children' in input ? writeObjects(input.children, here) : input.value;
  const length = Array.from(value).length;
  if (length < 1 || length > 99) {
    throw new EmvError(here.join('.'), 'BAD_LENGTH', `has ${length} characters, allowed are 1 to 99`);
  }
  return `${input.id}${String(length).padStart(2, '0')}${value}`;
}

function crcText(text: string): string {
  return crc16CcittFalse(new TextEncoder().encode(text)).toString(16).toUpperCase().padStart(4, '0');
}
