import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const folder = join(root, 'observability');
const rulesFolder = join(folder, 'rules');

export interface Recording {
  readonly record: string;
  readonly expr: string;
}

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly (Recording | Alert)[] }[];
}

export const ruleFiles: readonly string[] = readdirSync(rulesFolder)
  .filter((name) => name.endsWith('.yml'))
  .map((name) => join(rulesFolder, name));

const rules = ruleFiles.flatMap((path) =>
  (parse(readFileSync(path, 'utf8')) as RuleFile).groups.flatMap((group) => group.rules),
);

/** The series that rules make of others, under names of their own. */
export const recordings = rules.filter((rule): rule is Recording => 'record' in rule);
export const alerts = rules.filter((rule): rule is Alert => 'alert' in rule);

/** Tells the rules of one name apart, for example `PaymentServiceHighLatency warning refund`. */
export const titleOf = ({ alert, labels }: Pick<Alert, 'alert' | 'labels'>): string =>
  [alert, labels['severity'], labels['operation'] ?? labels['cause']].filter(Boolean).join(' ');

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Seconds of a duration as rules write it: `90s`, `5m`. */
export const secondsOf = (duration: string): number => {
  const [, count, unit] = /^(\d+)([smh])$/.exec(duration) ?? [];
  if (unit === undefined) throw new Error(`${duration} is no duration of one unit`);
  return Number(count) * (UNITS[unit] ?? 0);
};
