/** Stands where a value was taken out. */
export const REDACTED = '[redacted]';

const MAX_DEPTH = 8;
const MAX_ITEMS = 100;
const MAX_TEXT = 8000;

/** Parts of key names (lower case, letters only) whose values never reach a log. */
const SENSITIVE_PARTS = [
  'password', 'passwd', 'passphrase', 'secret', 'token', 'authorization', 'credential', 'signature', 'securehash',
  'apikey', 'privatekey', 'cookie', 'email', 'phone', 'mobile', 'buyer', 'legalname', 'fullname', 'personalid',
  'cardnumber', 'cvv', 'applicationkey', 'hashkey', 'signingkey', 'accesskey',
]; // prettier-ignore

/** Names that contain such a part and are harmless: operators need them. */
const HARMLESS = new Set([
  'fencingtoken',
  'tokenid',
  'signaturevalid',
  'signaturealgorithm',
  'tokenexpired',
  'secretid',
]);

const verdicts = new Map<string, boolean>();

/** True when the value under this key must not be written, wherever in an object it stands. */
export function isSensitiveKey(key: string): boolean {
  const known = verdicts.get(key);
  if (known !== undefined) return known;
  const plain = key.toLowerCase().replace(/[^a-z]/g, '');
  const verdict = !HARMLESS.has(plain) && SENSITIVE_PARTS.some((part) => plain.includes(part));
  // Keys may come from outside: the memory stays bounded.
  if (verdicts.size < 10_000) verdicts.set(key, verdict);
  return verdict;
}

// A card number: 13 to 19 digits, perhaps in groups, starting with a digit that issuers use (9 = domestic cards).
const CARD_LIKE = /(?<![\dA-Za-z])[2-69](?:[ -]?\d){12,18}(?![\dA-Za-z])/g;
const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
const COMPACT_TOKEN = /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*/g;
const URL_LOGIN = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@]+@/gi;
const EMAIL = /[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/g;
const PHONE = /(?<![\dA-Za-z])(?:\+84|0)(?:[ .-]?\d){9}(?![\dA-Za-z])/g;
const QUERY_SECRET = /([?&](?:[a-z_-]*(?:token|secret|password|signature|securehash|api_?key)[a-z_-]*)=)[^&\s"]+/gi;

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Free text without card numbers, tokens, logins in URLs, e-mail addresses and Vietnamese phone numbers. */
export function redactText(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return cut
    .replace(URL_LOGIN, `$1:${REDACTED}@`)
    .replace(BEARER, `$1 ${REDACTED}`)
    .replace(COMPACT_TOKEN, REDACTED)
    .replace(QUERY_SECRET, `$1${REDACTED}`)
    .replace(EMAIL, REDACTED)
    .replace(CARD_LIKE, (match) => {
      const digits = match.replace(/\D/g, '');
      return passesLuhn(digits) ? `${'*'.repeat(digits.length - 4)}${digits.slice(-4)}` : match;
    })
    .replace(PHONE, REDACTED);
}

/** A copy of any value that JSON can carry and a log may hold. */
export function redact(value: unknown, depth = 0, seen: ReadonlySet<object> = new Set()): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (seen.has(value)) return '[circular]';
  if (depth >= MAX_DEPTH) return '[deeper]';
  const path = new Set(seen).add(value);
  if (value instanceof Error) return redactError(value, depth, path);
  if (value instanceof Map) return redact(Object.fromEntries(value), depth, path);
  if (value instanceof Set) return redact([...value], depth, path);
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => redact(item, depth + 1, path));
    return value.length > MAX_ITEMS ? [...items, `… ${value.length - MAX_ITEMS} more`] : items;
  }
  return redactObject(value, depth, path);
}

function redactObject(value: object, depth: number, path: ReadonlySet<object>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const present = inner !== null && inner !== undefined && inner !== '';
    copy[key] =
      isSensitiveKey(key) && present && typeof inner !== 'boolean' ? REDACTED : redact(inner, depth + 1, path);
  }
  return copy;
}

/** Members of a database error that help and hold no row values (`detail`, `where` and `parameters` do). */
const ERROR_MEMBERS = [
  'code',
  'constraint',
  'table',
  'schema',
  'column',
  'status',
  'statusCode',
  'syscall',
  'address',
  'port',
];

function redactError(error: Error, depth: number, path: ReadonlySet<object>): Record<string, unknown> {
  const copy: Record<string, unknown> = { type: error.name, message: redactText(error.message) };
  for (const member of ERROR_MEMBERS) {
    const value = (error as unknown as Record<string, unknown>)[member];
    if (typeof value === 'string' || typeof value === 'number') copy[member] = redact(value, depth + 1, path);
  }
  const operatorDetail = (error as { operatorDetail?: unknown }).operatorDetail;
  if (typeof operatorDetail === 'string') copy['operatorDetail'] = redactText(operatorDetail);
  if (error.stack !== undefined) copy['stack'] = redactText(error.stack);
  if (error instanceof AggregateError) copy['errors'] = redact(error.errors, depth + 1, path);
  if (error.cause !== undefined) copy['cause'] = redact(error.cause, depth + 1, path);
  return copy;
}
