import { formatVnd, isCurrency, minorToDecimal } from '@nx/money';
import type { Activity, Locale } from './read-activity';
import { GENERIC, type Templates } from './templates';

/** What a recipient reads. */
export interface Rendered {
  readonly title: string;
  readonly content: string;
  /** The same as HTML; values are escaped. */
  readonly html: string;
  readonly locale: Locale;
}

const MAXIMUM_VALUE_LENGTH = 500;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe between tags and in quoted attributes. */
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');

/** The texts of an activity in one language; `undefined` for an unknown type that brings no title. */
export function renderNotification(templates: Templates, activity: Activity, locale: Locale): Rendered | undefined {
  const known = templates[locale];
  const wording = known.get(activity.eventType) ?? (activity.title === null ? undefined : known.get(GENERIC));
  if (wording === undefined) return undefined;
  const values = valuesOf(activity);
  const { title, content } = wording;
  const plainTitle = fill(title, values, (text) => text);
  const plainContent = fill(content, values, (text) => text) || plainTitle;
  const html = fill(content, values, escapeHtml) || fill(title, values, escapeHtml);
  return { title: plainTitle, content: plainContent, html: `<p>${html}</p>`, locale };
}

/** Fills a pattern; parts in brackets with a missing member vanish. Values are never looked into for patterns. */
function fill(pattern: string, values: ReadonlyMap<string, string>, encode: (text: string) => string): string {
  const inner = (part: string): string =>
    part.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encode(values.get(name) ?? ''));
  return pattern.replaceAll(
    /\[([^\]]*)\]|([^[]+)/g,
    (_whole, optional: string | undefined, fixed: string | undefined) => {
      if (optional === undefined) return inner(fixed ?? '');
      const names = [...optional.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
      return names.every((name) => values.has(name)) ? inner(optional) : '';
    },
  );
}

function valuesOf(activity: Activity): Map<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(activity.data)) {
    if (typeof value === 'string' && value !== '') values.set(name, value.slice(0, MAXIMUM_VALUE_LENGTH));
    else if (typeof value === 'number' || typeof value === 'bigint') values.set(name, String(value));
  }
  const amount = amountText(activity.data['amount'], activity.data['currency']);
  if (amount === undefined) values.delete('amount');
  else values.set('amount', amount);
  if (activity.title !== null) values.set('title', activity.title);
  if (activity.content !== null) values.set('content', activity.content);
  return values;
}

/** Amounts are whole minor units; people of both languages read them as they are written in Vietnam. */
function amountText(amount: unknown, currency: unknown): string | undefined {
  const whole =
    typeof amount === 'bigint' ||
    Number.isSafeInteger(amount) ||
    (typeof amount === 'string' && /^-?\d{1,18}$/.test(amount));
  if (!whole) return undefined;
  const minor = BigInt(amount as bigint | number | string);
  const code = typeof currency === 'string' ? currency : 'VND';
  if (code === 'VND') return formatVnd(minor);
  if (!isCurrency(code)) return `${minor} ${code.slice(0, 8)}`;
  const [units = '', fraction] = minorToDecimal(minor, code).split('.');
  const grouped = units.replace(/\B(?=(?:\d{3})+$)/g, '.');
  return `${grouped}${fraction === undefined ? '' : `,${fraction}`} ${code}`;
}
