import { AppError } from '@nx/contracts';
import { ConfigurationError } from '@nx/mq-pay';
import { providerOf } from '../providers/call-provider';
import { SETTINGS_CODE } from './sealed-configuration';

type Fields = readonly { pointer: string; detail: string }[];

const invalid = (errors: Fields): AppError =>
  new AppError({ code: 'payment.provider.configuration_invalid', detail: 'The configuration cannot be used.', errors });

const SCOPES = ['org', 'merchant', 'users'];

const isTimeZone = (value: unknown): boolean => {
  try {
    return typeof value === 'string' && new Intl.DateTimeFormat('en', { timeZone: value }).format(0) !== '';
  } catch {
    return false;
  }
};

const SETTINGS_RULES: Readonly<
  Record<string, { readonly check: (value: unknown) => boolean; readonly detail: string }>
> = {
  autoRefund: { check: (value) => typeof value === 'boolean', detail: 'is true or false' },
  notificationScope: { check: (value) => SCOPES.includes(String(value)), detail: `is one of ${SCOPES.join(', ')}` },
  timeZone: { check: isTimeZone, detail: 'is an IANA time zone, for example Asia/Ho_Chi_Minh' },
  refundLimitMinor: {
    check: (value) => value === null || (Number.isSafeInteger(value) && Number(value) >= 0),
    detail: 'is a whole number of the minor unit, or null',
  },
};

const checkSettings = (value: Readonly<Record<string, unknown>>, credential: unknown): void => {
  const problems = Object.entries(value).flatMap(([name, member]) => {
    const rule = SETTINGS_RULES[name];
    if (rule === undefined) return [{ pointer: `/tValue/${name}`, detail: 'is not a setting' }];
    return rule.check(member) ? [] : [{ pointer: `/tValue/${name}`, detail: rule.detail }];
  });
  if (credential !== undefined) problems.push({ pointer: '/credential', detail: 'settings have no secrets' });
  if (problems.length > 0) throw invalid(problems);
};

/** Checks settings and secrets together and gives back what callbacks will name. Throws one entry per bad member. */
export const checkConfiguration = (
  code: string,
  value: Readonly<Record<string, unknown>>,
  credential: Readonly<Record<string, unknown>> | undefined,
  environment: 'DEVELOPMENT' | 'PRODUCTION',
): { readonly lookupKey: string | null } => {
  if (code === SETTINGS_CODE) {
    checkSettings(value, credential);
    return { lookupKey: null };
  }
  const provider = providerOf(code);
  try {
    return { lookupKey: provider.parseConfiguration(value, credential ?? {}, environment).lookupKey };
  } catch (error) {
    if (error instanceof ConfigurationError) throw invalid(error.problems);
    throw error;
  }
};
