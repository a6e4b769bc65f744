import 'reflect-metadata';

/** How the text of an environment variable is read. Milliseconds are whole numbers ≥ 0. */
export type SettingKind = 'text' | 'integer' | 'boolean' | 'list' | 'url' | 'milliseconds';

export interface SettingOptions {
  /** Name of the variable, or its names in order: the first that is set counts. `<NAME>_FILE` names a file instead. */
  env: string | string[];
  description: string;
  default?: unknown;
  /** Its value never appears in a message or a document. */
  secret?: boolean;
  kind?: SettingKind;
  /** Smallest value that production accepts. */
  floor?: number;
  requiredIn?: 'always' | 'production';
  /** Shown when the setting is missing or wrong. */
  example?: string;
}

export interface GroupOptions {
  /** The group's variables under another prefix: `{ from: 'APP_ENV_REDIS', to: 'APP_ENV_CACHE_REDIS' }`. */
  rename?: { from: string; to: string };
  /** With `rename`: the whole group is read under its first prefix when no variable of the second is set. */
  fallback?: boolean;
}

export interface GroupEntry extends GroupOptions {
  type: () => new () => object;
}

const SETTINGS = Symbol('settings');
const GROUPS = Symbol('groups');

function ownMap<V>(target: object, key: symbol): Map<string, V> {
  const existing = Reflect.getOwnMetadata(key, target) as Map<string, V> | undefined;
  if (existing) return existing;
  const inherited = Reflect.getMetadata(key, target) as Map<string, V> | undefined;
  const map = new Map(inherited ?? []);
  Reflect.defineMetadata(key, map, target);
  return map;
}

/** Declares a property of a configuration class as a setting; class-validator decorators stand beside it. */
export function Setting(options: SettingOptions): PropertyDecorator {
  return (target, property) => {
    ownMap<SettingOptions>(target, SETTINGS).set(String(property), options);
  };
}

/** Declares a property as a nested group of settings. */
export function Group(type: () => new () => object, options: GroupOptions = {}): PropertyDecorator {
  return (target, property) => {
    ownMap<GroupEntry>(target, GROUPS).set(String(property), { type, ...options });
  };
}

/** Settings of a class and of those it extends, by property. */
export function settingsOf(type: new () => object): ReadonlyMap<string, SettingOptions> {
  return (
    (Reflect.getMetadata(SETTINGS, type.prototype as object) as Map<string, SettingOptions> | undefined) ?? new Map()
  );
}

/** Groups of a class and of those it extends, by property. */
export function groupsOf(type: new () => object): ReadonlyMap<string, GroupEntry> {
  return (Reflect.getMetadata(GROUPS, type.prototype as object) as Map<string, GroupEntry> | undefined) ?? new Map();
}

/** Variable names of a setting, in the order in which they are looked up. */
export function namesOf(setting: SettingOptions, rename?: { from: string; to: string }): string[] {
  const names = Array.isArray(setting.env) ? setting.env : [setting.env];
  return rename ? names.map((name) => name.replace(rename.from, rename.to)) : names;
}
