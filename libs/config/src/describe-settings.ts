import { exampleOf } from './convert';
import { groupsOf, namesOf, settingsOf, type SettingKind } from './setting';

export interface SettingDescription {
  /** Path of the property, as `kafka.brokers`. */
  path: string;
  env: string[];
  description: string;
  kind: SettingKind;
  default?: string;
  example: string;
  secret: boolean;
  floor?: number;
  required: 'always' | 'production' | 'no';
}

/** All settings of a configuration class with their groups, in the order in which they are declared. */
export function describeSettings(
  type: new () => object,
  path = '',
  rename?: { from: string; to: string },
): SettingDescription[] {
  const own = [...settingsOf(type)].map(([property, setting]): SettingDescription => {
    const hasDefault = setting.default !== undefined && !setting.secret;
    return {
      path: `${path}${property}`,
      env: namesOf(setting, rename),
      description: setting.description,
      kind: setting.kind ?? 'text',
      ...(hasDefault ? { default: String(setting.default) } : {}),
      example: exampleOf(setting),
      secret: setting.secret ?? false,
      ...(setting.floor === undefined ? {} : { floor: setting.floor }),
      required: setting.requiredIn ?? 'no',
    };
  });
  const nested = [...groupsOf(type)].flatMap(([property, entry]) =>
    describeSettings(entry.type(), `${path}${property}.`, entry.rename),
  );
  return [...own, ...nested];
}
