import { InvalidInvoiceError, type Problem } from '../problem';

/** One setting of a vendor: what holds without it, and what a value of a connection must be. */
export interface SettingRule<T> {
  readonly fallback: T;
  readonly accepts: (value: unknown) => boolean;
  readonly expected: string;
}

export type SettingsOf<R> = { readonly [K in keyof R]: R[K] extends SettingRule<infer T> ? T : never };

/**
 * The defaults with a connection's own values; null stands for the default. Throws InvalidInvoiceError that lists every
 * value of the wrong kind and every name that is no setting.
 */
export function readSettings<R extends Readonly<Record<string, SettingRule<unknown>>>>(
  rules: R,
  own: Readonly<Record<string, unknown>> = {},
): SettingsOf<R> {
  const problems: Problem[] = Object.keys(own)
    .filter((name) => !Object.hasOwn(rules, name))
    .map((name) => ({ pointer: `/settings/${name}`, detail: 'is no setting of this provider' }));
  const values = Object.entries(rules).map(([name, rule]) => {
    const value = Object.hasOwn(own, name) ? own[name] : undefined;
    if (value === undefined || value === null) return [name, rule.fallback];
    if (!rule.accepts(value)) problems.push({ pointer: `/settings/${name}`, detail: `must be ${rule.expected}` });
    return [name, value];
  });
  if (problems.length > 0) throw new InvalidInvoiceError(problems);
  // Every value is a rule's default or was accepted by the rule.
  return Object.fromEntries(values) as SettingsOf<R>;
}

/** The defaults of a table of rules. */
export function defaultsOf<R extends Readonly<Record<string, SettingRule<unknown>>>>(rules: R): SettingsOf<R> {
  return readSettings(rules);
}

const LONGEST = 300;
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST;

export function textSetting(fallback: string): SettingRule<string> {
  return { fallback, accepts: (value) => isText(value) && value !== '', expected: 'a string' };
}

/** A text that may be empty, which leaves out what it names. */
export function optionalTextSetting(fallback: string): SettingRule<string> {
  return { fallback, accepts: isText, expected: 'a string' };
}

/** A name of an element, a method or a header. */
export function nameSetting(fallback: string): SettingRule<string> {
  return {
    fallback,
    accepts: (value) => typeof value === 'string' && /^[A-Za-z_][\w-]{0,63}$/.test(value),
    expected: 'a name of letters, digits, dashes and underscores',
  };
}

export function pathSetting(fallback: string): SettingRule<string> {
  return {
    fallback,
    accepts: (value) => isText(value) && /^\/[\w./-]*$/.test(value),
    expected: 'a path that begins with a slash',
  };
}

/** Milliseconds, at least 1. */
export function durationSetting(fallback: number): SettingRule<number> {
  return {
    fallback,
    accepts: (value) => Number.isSafeInteger(value) && Number(value) > 0,
    expected: 'a number of milliseconds',
  };
}

export function integerSetting(fallback: number, least: number, most: number): SettingRule<number> {
  return {
    fallback,
    accepts: (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
    expected: `a whole number from ${least} to ${most}`,
  };
}

export function flagSetting(fallback: boolean): SettingRule<boolean> {
  return { fallback, accepts: (value) => typeof value === 'boolean', expected: 'true or false' };
}

export function choiceSetting<const T extends string>(choices: readonly T[], fallback: T): SettingRule<T> {
  return {
    fallback,
    accepts: (value) => choices.some((choice) => choice === value),
    expected: `one of ${choices.join(', ')}`,
  };
}

/** Texts by form and series as printed, `1C26MYY`. */
export function bySeriesSetting(): SettingRule<Readonly<Record<string, string>>> {
  return {
    fallback: {},
    accepts: (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.entries(value).every(([series, text]) => /^[1-9][CK]\d{2}[A-Z][A-Z0-9]{2}$/.test(series) && isText(text)),
    expected: 'an object of texts by form and series, such as 1C26MYY',
  };
}
