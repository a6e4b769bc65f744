import { ConfigurationError } from '../../configuration-error';
import type { ProviderConfiguration, ProviderEnvironment } from '../../provider';

/** Counter money needs no settings and no secrets: it is always the merchant's own. */
export class SystemConfiguration implements ProviderConfiguration {
  readonly provider = 'SYSTEM';
  readonly lookupKey = null;
  readonly terminal = null;
  readonly settlementModel = 'DIRECT';
  readonly callbackSecret = null;

  constructor(readonly environment: ProviderEnvironment) {}
}

/** Accepts absent or empty settings only, so that a secret pasted into the wrong provider does not go unnoticed. */
export function parseSystemConfiguration(
  tValue: unknown,
  credential: unknown,
  environment: ProviderEnvironment,
): SystemConfiguration {
  const problems = [
    ...(isEmpty(tValue) ? [] : [{ pointer: '/tValue', detail: 'must be empty' }]),
    ...(isEmpty(credential) ? [] : [{ pointer: '/credential', detail: 'must be empty' }]),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return new SystemConfiguration(environment);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
