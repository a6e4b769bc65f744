import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, loadConfig, type SettingDescription } from '@nx/config';
import { listAt, textAt, type Complaint } from '../objects';
import { FACTS, MODE_NAMES } from '../facts';
import type { Rule, StageManifests, Workload } from '../stage';

const FILE = /_FILE$/;
const MOUNT = '/run/secrets/nx/';

/** Every variable is one that the service reads; a misspelt one would silently be a default. */
export const variables: Rule = (stage) =>
  stage.workloads().flatMap(({ object, service, variables: given }) => {
    const known = new Set(FACTS[service].settings.flatMap(({ env }) => env));
    return Object.keys(given)
      .filter((name) => !MODE_NAMES.has(name) && !known.has(name.replace(FILE, '')) && !known.has(name))
      .map((name) =>
        stage.complain('variables', object, name, `is no setting of ${service}`, 'see docs/generated/settings.md'),
      );
  });

/** Settings that stand for one another: one of each line is enough. */
const ALTERNATIVES: readonly (readonly string[])[] = [
  ['APP_ENV_POSTGRES_PASSWORD', 'APP_ENV_POSTGRES_URL', 'APP_ENV_POSTGRES_OWNER_URL'],
  [
    'APP_ENV_REDIS_PASSWORD',
    'APP_ENV_REDIS_URL',
    'APP_ENV_CACHE_REDIS_PASSWORD',
    'APP_ENV_CACHE_REDIS_URL',
    'APP_ENV_WEBSOCKET_REDIS_PASSWORD',
    'APP_ENV_WEBSOCKET_REDIS_URL',
  ],
  ['APP_ENV_APPLICATION_SECRET_KEYS', 'APP_ENV_APPLICATION_SECRET'],
  ['APP_ENV_INVOICE_CREDENTIALS_KEYS', 'APP_ENV_INVOICE_CREDENTIALS_KEY'],
];

/** Secrets that this process has no use for: payment's key is payment's, and who speaks to no broker has no login. */
const needless = (name: string, { service, variables: given }: Workload): boolean =>
  (name === 'APP_ENV_APPLICATION_SECRET' && service !== 'payment') ||
  (name === 'APP_ENV_KAFKA_SASL_PASSWORD' && given['APP_ENV_KAFKA_BROKERS'] === undefined);

const groupOf = (name: string): readonly string[] => ALTERNATIVES.find((group) => group.includes(name)) ?? [name];

/** Every secret setting comes from a file of a mounted Secret that is declared with that key, and never as plain text. */
export const secrets: Rule = (stage) =>
  stage.workloads().flatMap((workload) => {
    const settings = FACTS[workload.service].settings.filter(({ secret }) => secret);
    return [...missing(stage, workload, settings), ...plain(stage, workload, settings), ...files(stage, workload)];
  });

function missing(stage: StageManifests, workload: Workload, settings: readonly SettingDescription[]): Complaint[] {
  const given = workload.variables;
  return settings.flatMap(({ env }) => {
    if (env.some((name) => needless(name, workload))) return [];
    const enough = env.flatMap(groupOf);
    if (enough.some((name) => given[`${name}_FILE`] !== undefined || given[name] !== undefined)) return [];
    const name = `${env[0] ?? ''}_FILE`;
    return [
      stage.complain(
        'secrets',
        workload.object,
        name,
        'is not given',
        `mount its Secret and set it to a path below ${MOUNT}`,
      ),
    ];
  });
}

function plain(
  stage: StageManifests,
  { object, variables: given }: Workload,
  settings: readonly SettingDescription[],
): Complaint[] {
  return settings
    .flatMap(({ env }) => env)
    .filter((name) => given[name] !== undefined)
    .map((name) => stage.complain('secrets', object, name, 'stands in a manifest', `give ${name}_FILE and a Secret`));
}

function files(stage: StageManifests, { object, pod, container, variables: given }: Workload): Complaint[] {
  const mount = listAt(container, 'volumeMounts').find((entry) => `${textAt(entry, 'mountPath') ?? ''}/` === MOUNT);
  const volume = listAt(pod, 'volumes').find((entry) => textAt(entry, 'name') === textAt(mount, 'name'));
  const secret = textAt(volume, 'secret.secretName');
  if (secret === undefined)
    return [stage.complain('secrets', object, 'volumes', `mounts no Secret at ${MOUNT}`, 'add volume and mount')];
  const keys = stage.secretKeys(secret);
  if (keys === undefined)
    return [
      stage.complain(
        'secrets',
        object,
        'volumes',
        `mounts ${secret}, which nothing declares`,
        'declare it as an ExternalSecret',
      ),
    ];
  const paths = Object.entries(given).filter(
    ([name]) => (FILE.test(name) && name.startsWith('APP_ENV_')) || /^WEBHOOK_.*_FILE$/.test(name),
  );
  const absent = paths.filter(([, path]) => !path.startsWith(MOUNT) || !keys.includes(path.slice(MOUNT.length)));
  const used = new Set(paths.map(([, path]) => path.slice(MOUNT.length)));
  return [
    ...absent.map(([name, path]) =>
      stage.complain('secrets', object, name, `is ${path}, which ${secret} does not hold`, `add the key to ${secret}`),
    ),
    ...keys
      .filter((key) => !used.has(key))
      .map((key) =>
        stage.complain(
          'secrets',
          object,
          `secret ${secret}`,
          `holds ${key}, which the process does not read`,
          'take it out: a process has its own secrets only',
        ),
      ),
  ];
}

/** A value of the right form for each file, so that the configuration can be loaded as the pod would load it. */
const SAMPLES: Readonly<Record<string, string>> = {
  'application-secret-keys': 'k1:0123456789abcdef0123456789abcdef',
  'invoice-credentials-keys': `k1:${'0'.repeat(64)}`,
  'invoice-claim-keys': 'k1:0123456789abcdef0123456789abcdef',
};

/** The service itself accepts what it is given: forms, floors of production, and settings that need each other. */
export const starts: Rule = (stage) => {
  const folder = mkdtempSync(join(tmpdir(), 'nx-manifests-'));
  try {
    return stage.workloads().flatMap(({ object, service, variables: given }) => {
      const environment = Object.fromEntries(
        Object.entries(given).map(([name, value]) => {
          if (!value.startsWith(MOUNT)) return [name, value];
          const file = join(folder, value.slice(MOUNT.length));
          writeFileSync(file, SAMPLES[value.slice(MOUNT.length)] ?? 'a-sample-of-a-secret-0123456789abcdef');
          return [name, file];
        }),
      );
      return problemsOf(FACTS[service].config, environment).map(({ env, problem }) =>
        stage.complain('starts', object, env, problem, 'correct the setting: the process would not start'),
      );
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

function problemsOf(
  config: new () => object,
  environment: Record<string, string>,
): readonly { env: string; problem: string }[] {
  try {
    loadConfig(config, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
