import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lookAbove } from '@nx/config';
import { NOTIFICATION_TYPES, type NotificationType } from '@nx/contracts';
import type { Locale } from './read-activity';

/**
 * Texts of one type in one language. `{name}` is a member of the message's data; a part in square brackets is left
 * out when one of its members is missing.
 */
export interface Wording {
  readonly title: string;
  readonly content: string;
}

/** The wordings of all types by locale. */
export type Templates = Readonly<Record<Locale, ReadonlyMap<string, Wording>>>;

export const LOCALES = ['vi', 'en'] as const satisfies readonly Locale[];
/** For types without a template of their own: the message brings its words. */
export const GENERIC = '*';

const OF_SALE = ['amount', 'currency', 'orderId', 'orderNumber'];
const OF_PAYMENT = [...OF_SALE, 'transactionId', 'provider'];
const OF_INVOICE = [...OF_SALE, 'invoiceId', 'invoiceSymbol', 'invoiceNumber'];

/** Members that the producers of a type send, and that its texts may name. */
const MEMBERS: Readonly<Record<NotificationType | typeof GENERIC, readonly string[]>> = {
  PAYMENT_SUCCESS: OF_PAYMENT,
  PAYMENT_FAILED: [...OF_PAYMENT, 'reason'],
  REFUND_SUCCESS: OF_PAYMENT,
  REFUND_FAILED: [...OF_PAYMENT, 'reason'],
  INVOICE_ISSUED: OF_INVOICE,
  INVOICE_FAILED: [...OF_INVOICE, 'reason'],
  CLAIM_EXPIRED: OF_INVOICE,
  OPERATIONS_ALERT: ['subject', 'message'],
  [GENERIC]: ['title', 'content'],
};

/**
 * Reads `vi.json` and `en.json` and checks them.
 * @throws Error naming everything that is wrong with them
 */
export function loadTemplates(directory = templateDirectory()): Templates {
  const problems: string[] = [];
  const read = (locale: Locale): ReadonlyMap<string, Wording> => readLocale(directory, locale, problems);
  const templates = { vi: read('vi'), en: read('en') };
  if (problems.length > 0) throw new Error(`templates in ${directory}: ${problems.join('; ')}`);
  return templates;
}

function readLocale(directory: string, locale: Locale, problems: string[]): ReadonlyMap<string, Wording> {
  const complain = (problem: string): number => problems.push(`${locale}.json: ${problem}`);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(join(directory, `${locale}.json`), 'utf8'));
  } catch (error) {
    complain(error instanceof Error ? error.message : 'cannot be read');
    return new Map();
  }
  const entries = new Map<string, unknown>(Object.entries(content ?? {}));
  for (const type of entries.keys()) if (!Object.hasOwn(MEMBERS, type)) complain(`${type} is no type`);
  const wordings = new Map<string, Wording>();
  for (const type of [...NOTIFICATION_TYPES, GENERIC] as const) {
    const wording = entries.get(type);
    if (!isWording(wording)) {
      complain(`${type} has no title and content`);
      continue;
    }
    for (const member of ['title', 'content'] as const) {
      for (const defect of defectsOf(wording[member], MEMBERS[type])) complain(`${type}.${member} ${defect}`);
    }
    wordings.set(type, wording);
  }
  return wordings;
}

const isWording = (value: unknown): value is Wording =>
  typeof value === 'object' &&
  value !== null &&
  'title' in value &&
  typeof value.title === 'string' &&
  value.title !== '' &&
  'content' in value &&
  typeof value.content === 'string';

function defectsOf(pattern: string, members: readonly string[]): string[] {
  const names = [...pattern.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const unknown = names
    .filter((name) => !members.includes(name))
    .map((name) => `names {${name}}, which it does not have`);
  const bare = pattern.replaceAll(/\{\w+\}/g, '');
  const isWhole = /^(?:[^[\]]|\[[^[\]]*\])*$/.test(bare) && !/[{}]/.test(bare);
  return isWhole ? unknown : [...unknown, 'has a bracket or brace without its other half'];
}

/** Beside the bundle, or in the source tree. */
function templateDirectory(): string {
  return lookAbove('templates', (folder) => {
    const known = [join(folder, 'templates'), join(folder, 'apps', 'signal', 'templates')];
    return known.find((directory) => LOCALES.every((locale) => existsSync(join(directory, `${locale}.json`))));
  });
}
