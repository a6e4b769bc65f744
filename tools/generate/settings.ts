import { describeSettings, type SettingDescription } from '@nx/config';
import { SERVICES, type ServiceName } from '@nx/contracts';
import { OpsConfig } from '@nx/ops';
import { code, pageOf, table } from './markdown';
import { DOCUMENTED } from './services';

const keyOf = (setting: SettingDescription): string => setting.env.join(' ');

const needOf = (setting: SettingDescription): string => {
  if (setting.required === 'always') return 'always';
  return setting.required === 'production' ? 'in production' : '';
};

const shownDefault = (setting: SettingDescription): string =>
  setting.default === undefined || setting.default === '' ? '' : code(setting.default);

const rowOf = (setting: SettingDescription): string[] => [
  setting.env.map(code).join(' or '),
  setting.secret ? `${setting.kind}, secret` : setting.kind,
  shownDefault(setting),
  needOf(setting),
  setting.floor === undefined ? '' : String(setting.floor),
  setting.description,
];

const HEAD = ['Variable', 'Kind', 'Default', 'Needed', 'Least in production', 'Meaning'];

/** Environment variables of the three services: the shared ones once, then what each has besides. */
export function settingsPage(): string {
  const services = Object.keys(DOCUMENTED) as ServiceName[];
  const settings = new Map(services.map((service) => [service, describeSettings(DOCUMENTED[service].config)]));
  const keys = services.map((service) => new Set((settings.get(service) ?? []).map(keyOf)));
  const shared = (setting: SettingDescription): boolean => keys.every((names) => names.has(keyOf(setting)));
  const first = services[0];
  const common = first === undefined ? [] : (settings.get(first) ?? []).filter(shared);
  const isNew = (setting: SettingDescription): boolean => !keys.some((names) => names.has(keyOf(setting)));
  const own = services.flatMap((service) => [
    `## ${service}`,
    table(HEAD, (settings.get(service) ?? []).filter((setting) => !shared(setting)).map(rowOf)),
  ]);
  return pageOf(
    'Settings',
    'the configuration classes of the apps',
    'Read once at the start; a missing or wrong one stops it, and the message names all of them. Every variable may ' +
      'come from a file: `<NAME>_FILE` holds its path. `.env.development` is read below the environment in ' +
      'development alone. `RUN_MODE` is `full`, `api`, `worker` or `migrate` (signal: `full` or `migrate`).',
    '## Given by the registry',
    'Code and base path where the environment says nothing; port and node ids are defaults of development alone.',
    table(
      ['Service', 'Code', 'Base path', 'Port', 'Node ids full', 'Node ids api', 'Node ids worker'],
      services.map((service) => {
        const { code: registered, basePath, port, nodeIds } = SERVICES[service];
        return [
          service,
          code(registered),
          code(basePath),
          String(port),
          code(nodeIds.full),
          code(nodeIds.api),
          code(nodeIds.worker),
        ];
      }),
    ),
    '## Every service',
    table(HEAD, common.map(rowOf)),
    ...own,
    "## The operators' commands",
    'Read beside the environment of the service, by commands that call it.',
    table(HEAD, describeSettings(OpsConfig).filter(isNew).map(rowOf)),
  );
}
