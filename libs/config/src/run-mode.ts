import type { ServiceName } from '@nx/contracts';
import { ConfigError } from './config-error';

export const RUN_MODES = ['full', 'api', 'worker', 'migrate'] as const;
export type RunMode = (typeof RUN_MODES)[number];
export type ServiceKey = ServiceName;

const OLD_NAMES: Readonly<Record<string, RunMode>> = { server: 'full', startup: 'full' };

function modesOf(service: ServiceKey | undefined): readonly RunMode[] {
  return service === 'signal' ? ['full', 'migrate'] : RUN_MODES;
}

/**
 * The mode that this process runs in. `server` and `startup` of old manifests mean `full`; payment also reads
 * `APP_ENV_MQ_PAY_MODE` when `RUN_MODE` is not set.
 * @throws ConfigError naming the allowed values
 */
export function runModeOf(environment: Readonly<Record<string, string | undefined>>, service?: string): RunMode {
  const key = service === 'payment' || service === 'invoice' || service === 'signal' ? service : undefined;
  const names = key === 'payment' ? ['RUN_MODE', 'APP_ENV_MQ_PAY_MODE'] : ['RUN_MODE'];
  for (const name of names) {
    const given = environment[name]?.trim().toLowerCase();
    if (!given) continue;
    const allowed = modesOf(key);
    const payMode = name === 'APP_ENV_MQ_PAY_MODE';
    const choices = payMode ? allowed.filter((mode) => mode !== 'migrate') : allowed;
    const mode = payMode ? given : (OLD_NAMES[given] ?? given);
    const found = choices.find((candidate) => candidate === mode);
    if (found) return found;
    throw new ConfigError([
      { env: name, problem: `'${given.slice(0, 40)}' is no run mode; allowed: ${choices.join(', ')}` },
    ]);
  }
  return 'full';
}
