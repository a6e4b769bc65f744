import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import type { ConfigProblem } from './config-error';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Development is what no one has declared to be something else. */
export function environmentName(environment: Environment): string {
  return (environment['APP_ENV_ENVIRONMENT'] || environment['NODE_ENV'] || 'development').toLowerCase();
}

/** The process's variables; in development `.env.development` of the working folder fills in what is not set. */
export function processEnvironment(): Environment {
  const environment = { ...process.env };
  if (environmentName(environment) !== 'development' || !existsSync('.env.development')) return environment;
  return { ...parseEnv(readFileSync('.env.development', 'utf8')), ...environment };
}

export interface FoundValue {
  name: string;
  text: string;
  /** Path, when the value came from `<NAME>_FILE`. */
  file?: string;
}

/** Looks a setting up under its names in order; an empty variable counts as not set. */
export function lookUp(environment: Environment, names: readonly string[]): FoundValue | ConfigProblem | undefined {
  for (const name of names) {
    const direct = environment[name];
    if (direct !== undefined && direct !== '') return { name, text: direct };
    const file = environment[`${name}_FILE`];
    if (file === undefined || file === '') continue;
    try {
      const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      if (text === '') return { env: `${name}_FILE`, problem: `the file ${file} is empty` };
      return { name, text, file };
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
      return { env: `${name}_FILE`, problem: `the file ${file} cannot be read (${reason})` };
    }
  }
  return undefined;
}
