import type { IssuerConnection } from './issuer';

/** What stands where a secret stood. */
export const REDACTED = '***';

/** Shorter ones would blank out half of every text; a vendor with such passwords protects nothing. */
const SHORTEST_SECRET = 4;

export type Redact = (text: string) => string;

/** What of a connection may show in no record, whichever vendor it belongs to. The first name is none of it. */
export function secretsOf({ clientSecret, credentials }: IssuerConnection): readonly string[] {
  return [clientSecret, ...Object.values(credentials ?? {})];
}

/**
 * Blanks out secrets in texts of others: as they are, and as JSON, XML and URLs write them. Vendors echo requests in
 * their error pages.
 */
export function redactor(secrets: Iterable<string | undefined>): Redact {
  const spellings = new Set<string>();
  for (const secret of secrets) {
    if (secret === undefined || secret.length < SHORTEST_SECRET) continue;
    for (const spelling of spellingsOf(secret)) spellings.add(spelling);
  }
  // The longest first: a secret may be part of another.
  const ordered = [...spellings].toSorted((a, b) => b.length - a.length);
  return (text) => ordered.reduce((rest, spelling) => rest.replaceAll(spelling, REDACTED), text);
}

/** A copy of plain data with every text redacted. Invoice numbers and bytes stay: they are checked where they are read. */
export function redactAll<T>(value: T, redact: Redact): T {
  return redactValue(value, redact) as T;
}

function redactValue(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((element) => redactValue(element, redact));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === 'invoiceNumber' ? member : redactValue(member, redact),
    ]),
  );
}

function spellingsOf(secret: string): string[] {
  // Through UTF-8, because half a surrogate pair has no spelling in a URL.
  const inUrl = encodeURIComponent(Buffer.from(secret).toString());
  return [secret, JSON.stringify(secret).slice(1, -1), inUrl, inUrl.replaceAll('%20', '+'), ...inXml(secret)];
}

function inXml(secret: string): string[] {
  const text = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [text, text.replaceAll('"', '&quot;').replaceAll("'", '&apos;'), text.replaceAll('"', '&quot;')];
}
