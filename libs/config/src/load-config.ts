import { validateSync } from 'class-validator';
import { ConfigError, type ConfigProblem } from './config-error';
import { convert, exampleOf } from './convert';
import { environmentName, lookUp, processEnvironment, type Environment } from './environment-source';
import { runModeOf, type RunMode, type ServiceKey } from './run-mode';
import { serviceDefaults, serviceOf } from './service-defaults';
import { groupsOf, namesOf, settingsOf, type GroupEntry, type SettingOptions } from './setting';

/** What a group may look at when it completes and checks itself. */
export interface LoadContext {
  readonly environment: Environment;
  readonly production: boolean;
  readonly mode: RunMode;
  readonly service: ServiceKey | undefined;
  /** Paths of the `<NAME>_FILE` variables that were used, by variable name. */
  readonly files: ReadonlyMap<string, string>;
}

/** A group may derive values from others and report problems that concern several settings. */
export interface CompletesItself {
  complete(context: LoadContext, problem: (env: string, problem: string) => void): void;
}

interface Loading extends LoadContext {
  readonly files: Map<string, string>;
  readonly defaults: Readonly<Record<string, string>>;
  readonly problems: ConfigProblem[];
}

/**
 * Reads the environment into a frozen object of `type`.
 * Without `environment` the process's variables are read, and in development `.env.development` below them.
 * @throws ConfigError with all problems at once
 */
export function loadConfig<T extends object>(
  type: new () => T,
  environment: Environment = processEnvironment(),
  options: { service?: ServiceKey } = {},
): Readonly<T> {
  const service = options.service ?? serviceOf(type);
  const production = environmentName(environment) === 'production';
  const problems: ConfigProblem[] = [];
  let mode: RunMode = 'full';
  try {
    mode = runModeOf(environment, service);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
  }
  const defaults = serviceDefaults(service, mode, production);
  const loading: Loading = { environment, production, mode, service, files: new Map(), defaults, problems };
  const config = buildGroup(type, loading);
  if (problems.length > 0) throw new ConfigError(problems);
  return deepFreeze(config);
}

function buildGroup<T extends object>(type: new () => T, loading: Loading, rename?: { from: string; to: string }): T {
  const group = new type();
  const values = group as Record<string, unknown>;
  const bad = new Set<string>();
  for (const [property, setting] of settingsOf(type)) {
    const before = loading.problems.length;
    const value = readSetting(setting, namesOf(setting, rename), loading);
    if (loading.problems.length > before) bad.add(property);
    if (value !== undefined) values[property] = value;
  }
  for (const [property, entry] of groupsOf(type)) {
    values[property] = buildGroup(entry.type(), loading, renameOf(entry, loading.environment));
  }
  validate(type, group, bad, loading, rename);
  if ('complete' in group && typeof group.complete === 'function') {
    (group as unknown as CompletesItself).complete(loading, (env, problem) => {
      const name = rename ? env.replace(rename.from, rename.to) : env;
      // Of a variable that was refused already, the first reason is the true one.
      if (!loading.problems.some((known) => known.env === name)) loading.problems.push({ env: name, problem });
    });
  }
  return group;
}

function renameOf(entry: GroupEntry, environment: Environment): { from: string; to: string } | undefined {
  const rename = entry.rename;
  if (!rename || !entry.fallback) return rename;
  const prefix = `${rename.to}_`;
  return Object.keys(environment).some((name) => name.startsWith(prefix) && environment[name]) ? rename : undefined;
}

function readSetting(setting: SettingOptions, names: string[], loading: Loading): unknown {
  const first = names[0] ?? '';
  const found = lookUp(loading.environment, names);
  if (found && 'problem' in found) {
    loading.problems.push(found);
    return undefined;
  }
  if (found?.file !== undefined) loading.files.set(found.name, found.file);
  const text = found?.text ?? names.map((name) => loading.defaults[name]).find((value) => value !== undefined);
  const name = found?.name ?? first;
  if (text === undefined) {
    const needed = setting.requiredIn === 'always' || (setting.requiredIn === 'production' && loading.production);
    if (needed) {
      loading.problems.push({
        env: name,
        problem: `is not set; ${setting.description}; example: ${exampleOf(setting)}`,
      });
    }
    return setting.default;
  }
  const converted = convert(text, setting);
  if (!converted.ok) {
    loading.problems.push({ env: name, problem: `${converted.problem}; example: ${exampleOf(setting)}` });
    return undefined;
  }
  const { floor } = setting;
  if (loading.production && floor !== undefined && typeof converted.value === 'number' && converted.value < floor) {
    loading.problems.push({ env: name, problem: `is below ${floor}, the least that production accepts` });
  }
  return converted.value;
}

function validate(
  type: new () => object,
  group: object,
  bad: ReadonlySet<string>,
  loading: Loading,
  rename: { from: string; to: string } | undefined,
): void {
  const settings = settingsOf(type);
  const errors = validateSync(group, { skipMissingProperties: true, forbidUnknownValues: false });
  for (const error of errors) {
    const setting = settings.get(error.property);
    if (!setting || bad.has(error.property)) continue;
    const name = namesOf(setting, rename)[0] ?? error.property;
    const rules = Object.values(error.constraints ?? {});
    const said = setting.secret ? 'does not have the form that is expected' : rules.join(', ') || 'is not valid';
    loading.problems.push({ env: name, problem: `${said}; example: ${exampleOf(setting)}` });
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)) deepFreeze(inner as object);
  }
  return Object.freeze(value);
}
