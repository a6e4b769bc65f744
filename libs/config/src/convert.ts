import type { SettingOptions } from './setting';

export type Conversion = { ok: true; value: unknown } | { ok: false; problem: string };

const TRUE = new Set(['true', '1', 'yes', 'on']);
const FALSE = new Set(['false', '0', 'no', 'off']);

function wholeNumber(text: string, unit: string): Conversion {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) {
    return { ok: false, problem: `must be a whole number${unit}` };
  }
  return { ok: true, value };
}

/** The typed value of a setting's text; a problem never repeats the text. */
export function convert(text: string, setting: SettingOptions): Conversion {
  switch (setting.kind ?? 'text') {
    case 'text':
      return { ok: true, value: text };
    case 'integer':
      return wholeNumber(text, '');
    case 'milliseconds': {
      const number = wholeNumber(text, ' of milliseconds');
      if (number.ok && (number.value as number) < 0) return { ok: false, problem: 'must not be negative' };
      return number;
    }
    case 'boolean': {
      const word = text.toLowerCase();
      if (TRUE.has(word)) return { ok: true, value: true };
      if (FALSE.has(word)) return { ok: true, value: false };
      return { ok: false, problem: "must be 'true' or 'false'" };
    }
    case 'list':
      return {
        ok: true,
        value: text
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      };
    case 'url':
      return URL.canParse(text) ? { ok: true, value: text } : { ok: false, problem: 'must be an absolute URL' };
  }
}

const EXAMPLES: Readonly<Record<string, string>> = {
  text: 'some-text',
  integer: '10',
  boolean: 'true',
  list: 'one,two',
  url: 'http://host:8080/path',
  milliseconds: '5000',
};

/** What a right value looks like. */
export function exampleOf(setting: SettingOptions): string {
  if (setting.example !== undefined) return setting.example;
  const fallback = setting.default;
  if (fallback !== undefined && fallback !== '' && !(Array.isArray(fallback) && fallback.length === 0)) {
    return Array.isArray(fallback) ? fallback.join(',') : `${fallback as string | number | boolean}`;
  }
  return setting.secret ? '<secret>' : (EXAMPLES[setting.kind ?? 'text'] ?? '');
}
