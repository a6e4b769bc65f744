import { AppError } from '@nx/contracts';
import { parseLossless } from '@nx/messaging';

/** What a signed body says. Its texts can be stored: no NUL, no half characters, no number beyond a double. */
export interface Notice {
  /** The sender's own, unique for each notice. */
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const ID = /^[A-Za-z0-9._-]{1,128}$/;
const DEEPEST = 32;

/** Reads a body whose signature fits. Throws `request.malformed` and `request.invalid`, whatever the bytes are. */
export function readNotice(body: Buffer): Notice {
  const value = parse(body);
  const { id, type, data } = (value ?? {}) as Record<string, unknown>;
  const errors = [
    ...(isId(id) ? [] : [{ pointer: '/id', detail: 'must be 1 to 128 of A-Z a-z 0-9 . _ -' }]),
    ...(isId(type) ? [] : [{ pointer: '/type', detail: 'must be the name of an event' }]),
    ...(isMembers(data) ? [] : [{ pointer: '/data', detail: 'must be an object' }]),
  ];
  if (errors.length > 0 || !isId(id) || !isId(type) || !isMembers(data)) {
    throw new AppError({ code: 'request.invalid', detail: 'The notice is not readable.', errors });
  }
  return { id, type, data: storable(data, 1) as Record<string, unknown> };
}

const isId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);
const isMembers = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parse(body: Buffer): unknown {
  try {
    return parseLossless(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new AppError({ code: 'request.malformed', detail: 'The body is not JSON in UTF-8.' });
  }
}

/** PostgreSQL stores neither NUL nor half of a character, and JSON has no integers of 64 bit. */
function storable(value: unknown, depth: number): unknown {
  if (depth > DEEPEST) {
    const errors = [{ pointer: '/data', detail: `must not nest deeper than ${DEEPEST}` }];
    throw new AppError({ code: 'request.invalid', detail: 'The notice is not readable.', errors });
  }
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map((entry) => storable(entry, depth + 1));
  if (!isMembers(value)) return value;
  const members = Object.entries(value).map(
    ([name, entry]) => [storableText(name), storable(entry, depth + 1)] as const,
  );
  return Object.fromEntries(members);
}

const storableText = (text: string): string => text.replaceAll('\0', '\uFFFD').replaceAll(/\p{Surrogate}/gu, '\uFFFD');
