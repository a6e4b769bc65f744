import 'reflect-metadata';
import { SERVICES } from '@nx/contracts';
import type { RunMode, ServiceKey } from './run-mode';

const SERVICE = Symbol('service');

/** Values that a service has where its environment says nothing: the platform's registry. */
export function serviceDefaults(
  service: ServiceKey | undefined,
  mode: RunMode,
  production: boolean,
): Readonly<Record<string, string>> {
  if (!service) return {};
  const { name, code, basePath, port, nodeIds } = SERVICES[service];
  const always: Record<string, string> = {
    APP_ENV_APPLICATION_NAME: name,
    APP_ENV_APPLICATION_CODE: code,
    APP_ENV_SERVER_BASE_PATH: basePath,
  };
  if (service === 'signal') {
    // These names carry the consumer's purpose; offsets are committed under them at the sites that run.
    always['APP_ENV_KAFKA_CLIENT_ID'] = `${code}_NOTIF_CONSUMER`;
    always['APP_ENV_KAFKA_GROUP_ID'] = `${code}_NOTIF_CONSUMER_GROUP`;
  }
  if (production) return always;
  // On a developer's machine several processes of one service share its pools.
  const pool = mode === 'worker' ? nodeIds.worker : [...new Set([nodeIds.full, nodeIds.api])].join(',');
  return { ...always, APP_ENV_SERVER_PORT: String(port), APP_ENV_NODE_ID: pool };
}

/** Says whose configuration a class is: its code, base path, ports and run modes apply. */
export function ForService(service: ServiceKey): ClassDecorator {
  return (target) => Reflect.defineMetadata(SERVICE, service, target);
}

export function serviceOf(type: new () => object): ServiceKey | undefined {
  return Reflect.getMetadata(SERVICE, type) as ServiceKey | undefined;
}
