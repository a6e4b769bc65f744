import { CUSTOM_KINDS } from './custom-kinds';
import type { AnyKeys } from './keys';
import { KINDS } from './kinds';

/** How a kind is checked: by the published schema, and for keys that we do not use. */
export interface KindSchema {
  readonly keys: AnyKeys;
  /** Throws what the published schema says against an object. */
  check(body: object): void;
}

/** The schemas by `<apiVersion> <kind>`. */
export type Schemas = ReadonlyMap<string, KindSchema>;

export async function loadSchemas(): Promise<Schemas> {
  const loaded = [...KINDS, ...CUSTOM_KINDS].map(async ({ kind, keys, load }): Promise<[string, KindSchema]> => {
    const Model = await load();
    return [`${Model.apiVersion} ${kind}`, { keys, check: (body) => new Model(body as never).validate() }];
  });
  return new Map(await Promise.all(loaded));
}
