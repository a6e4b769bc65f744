/** An answer that is not of the shape its vendor publishes. `pointer` is a JSON pointer or the tag, '' for the whole. */
export class AnswerFormatError extends Error {
  constructor(
    readonly pointer: string,
    readonly reason: string,
  ) {
    super(`${pointer === '' ? 'the answer' : pointer} ${reason}`);
    this.name = 'AnswerFormatError';
  }
}

export type Members = Readonly<Record<string, unknown>>;

export interface AnswerLimits {
  /** In UTF-16 units. */
  readonly maxLength: number;
  readonly maxDepth: number;
}

/** An answer about one invoice has a few kilobytes. */
export const SMALL_ANSWER: AnswerLimits = { maxLength: 1024 * 1024, maxDepth: 16 };
/** A PDF as base64 inside another format. */
export const FILE_ANSWER: AnswerLimits = { maxLength: 24 * 1024 * 1024, maxDepth: 16 };

/** Reads JSON within limits; `pointer` is where the text stood. Throws AnswerFormatError and nothing else. */
export function parseJsonAnswer(text: string, limits: AnswerLimits = SMALL_ANSWER, pointer = ''): unknown {
  if (text.length > limits.maxLength) throw new AnswerFormatError(pointer, `has more than ${limits.maxLength} units`);
  if (deeperThan(text, limits.maxDepth)) throw new AnswerFormatError(pointer, `nests deeper than ${limits.maxDepth}`);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    throw new AnswerFormatError(pointer, 'is no JSON');
  }
}

/** The members of an object. Throws AnswerFormatError. */
export function membersOf(value: unknown, pointer: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AnswerFormatError(pointer, 'is no object');
  }
  return value as Members;
}

/** The elements of a list of at most `most`. Throws AnswerFormatError. */
export function elementsOf(value: unknown, pointer: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new AnswerFormatError(pointer, 'is no list');
  if (value.length > most) throw new AnswerFormatError(pointer, `has more than ${most} elements`);
  return value as readonly unknown[];
}

/** A text member as it stands; undefined where it is absent or null. Throws AnswerFormatError for other types. */
export function textMember(members: Members, name: string, parent = '', maxLength = 2000): string | undefined {
  const value = ownMember(members, name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw new AnswerFormatError(`${parent}/${name}`, 'is no text');
  if (value.length > maxLength) throw new AnswerFormatError(`${parent}/${name}`, `has more than ${maxLength} units`);
  return value;
}

/** A code, which vendors write as text or as a whole number; undefined where absent or null. Throws AnswerFormatError. */
export function codeMember(members: Members, name: string, parent = ''): string | undefined {
  const value = ownMember(members, name);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return textMember(members, name, parent, 200);
}

/** Only what the answer itself carries: `constructor` is a member of every object. */
export function ownMember(members: Members, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** Text for a person, out of whatever stands there. */
export function remark(value: unknown, maxLength = 500): string {
  return typeof value === 'string' ? value.trim().slice(0, maxLength) : '';
}

const BYTES = { QUOTE: 34, BACKSLASH: 92, OPEN_LIST: 91, CLOSE_LIST: 93, OPEN: 123, CLOSE: 125 } as const;

function deeperThan(text: string, maxDepth: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (quoted) {
      if (unit === BYTES.BACKSLASH) index += 1;
      else if (unit === BYTES.QUOTE) quoted = false;
    } else if (unit === BYTES.QUOTE) quoted = true;
    else if (unit === BYTES.OPEN || unit === BYTES.OPEN_LIST) {
      depth += 1;
      if (depth > maxDepth) return true;
    } else if (unit === BYTES.CLOSE || unit === BYTES.CLOSE_LIST) depth -= 1;
  }
  return false;
}
