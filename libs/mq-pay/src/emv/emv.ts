import { crc16CcittFalse } from './crc16';

/** One data object. Templates (26–51, 62, 64) carry `children`; their `value` is the text of the children. */
export interface EmvNode {
  readonly id: string;
  readonly value: string;
  readonly children?: readonly EmvNode[];
}

/** What `buildEmv` takes: a value, or children where the object is a template. The CRC (63) is added. */
export type EmvInput =
  { readonly id: string; readonly value: string } | { readonly id: string; readonly children: readonly EmvInput[] };

/** The text is not a merchant-presented QR code by EMVCo's rules. */
export class EmvError extends Error {
  override readonly name = 'EmvError';
}

const CRC_ID = '63';
/** The globally unique identifier of NAPAS, whose scheme is VietQR. */
const NAPAS_GUID = 'A000000727';

/**
 * Reads a merchant-presented QR code strictly (EMV QRCPS 1.1): `00` = `01` first, the CRC last and right, no id twice,
 * each length exact. Lengths count characters; the CRC goes over the UTF-8 bytes. Throws `EmvError`.
 */
export function parseEmv(text: string): readonly EmvNode[] {
  const nodes = readObjects(text, true);
  if (nodes[0]?.id !== '00' || nodes[0].value !== '01')
    throw new EmvError('The payload format indicator 01 must come first.');
  const last = nodes.at(-1);
  if (last?.id !== CRC_ID) throw new EmvError('The CRC must come last.');
  const expected = crcText(text.slice(0, text.length - last.value.length));
  if (last.value !== expected) throw new EmvError(`The CRC is ${last.value}, not ${expected}.`);
  return nodes;
}

/** Reads the objects inside a value that is itself a template, e.g. the account inside VietQR's 38-01. Throws `EmvError`. */
export function parseTemplate(text: string): readonly EmvNode[] {
  return readObjects(text, false);
}

/** Writes the objects in the given order and appends the CRC. Throws `EmvError` for what the format cannot carry. */
export function buildEmv(nodes: readonly EmvInput[]): string {
  if (nodes.some((node) => node.id === CRC_ID)) throw new EmvError('The CRC is computed, not given.');
  const head = `${writeObjects(nodes)}${CRC_ID}04`;
  return head + crcText(head);
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

function readObjects(text: string, root: boolean): readonly EmvNode[] {
  const characters = Array.from(text);
  const nodes: EmvNode[] = [];
  const seen = new Set<string>();
  for (let at = 0; at < characters.length;) {
    const head = characters.slice(at, at + 4).join('');
    if (!/^[0-9]{4}$/.test(head)) throw new EmvError(`No id and length at character ${at}.`);
    const id = head.slice(0, 2);
    const length = Number(head.slice(2));
    const value = characters.slice(at + 4, at + 4 + length);
    if (length === 0) throw new EmvError(`Object ${id} is empty.`);
    if (value.length < length) throw new EmvError(`Object ${id} ends before its length.`);
    if (seen.has(id)) throw new EmvError(`Object ${id} occurs twice.`);
    seen.add(id);
    nodes.push(node(id, value.join(''), root));
    at += 4 + length;
  }
  return nodes;
}

function node(id: string, value: string, root: boolean): EmvNode {
  if (!root || !isTemplate(id)) return { id, value };
  const children = readObjects(value, false);
  checkAccount(children);
  return { id, value, children };
}

/** VietQR's account (bank and number) is a template within its template; its lengths have to add up too. */
function checkAccount(children: readonly EmvNode[]): void {
  const account = children.find((child) => child.id === '01');
  if (children[0]?.value === NAPAS_GUID && account !== undefined) readObjects(account.value, false);
}

function isTemplate(id: string): boolean {
  return (id >= '26' && id <= '51') || id === '62' || id === '64';
}

function writeObjects(nodes: readonly EmvInput[]): string {
  const ids = new Set(nodes.map((candidate) => candidate.id));
  if (ids.size !== nodes.length) throw new EmvError('An id occurs twice.');
  return nodes.map(writeObject).join('');
}

function writeObject(input: EmvInput): string {
  const value = 'children' in input ? writeObjects(input.children) : input.value;
  const length = Array.from(value).length;
  if (!/^[0-9]{2}$/.test(input.id)) throw new EmvError(`${input.id} is no id.`);
  if (length < 1 || length > 99)
    throw new EmvError(`Object ${input.id} has ${length} characters, allowed are 1 to 99.`);
  return `${input.id}${String(length).padStart(2, '0')}${value}`;
}

function crcText(text: string): string {
  return crc16CcittFalse(new TextEncoder().encode(text)).toString(16).toUpperCase().padStart(4, '0');
}
