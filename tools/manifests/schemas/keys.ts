/**
 * The keys that our manifests may have, of those that the type has: `true` is a value or a list of values, `'map'` a
 * map with keys of its own. The type is the published one, so that a key which does not exist upstream does not compile.
 */
export type Keys<T> =
  | true
  | 'map'
  | (T extends readonly (infer Element)[]
      ? Keys<Element>
      : T extends object
        ? { readonly [Name in keyof T]?: Keys<NonNullable<T[Name]>> }
        : never);

type AnyKeys = true | 'map' | { readonly [name: string]: AnyKeys | undefined };

/** Paths of an object that its keys do not know, and of objects where a value is expected. */
export function unknownKeys(value: unknown, keys: AnyKeys, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((element, index) => unknownKeys(element, keys, `${path}.${index}`));
  if (keys === 'map') return [];
  if (typeof value !== 'object' || value === null) return [];
  if (keys === true) return [path.slice(1)];
  return Object.entries(value).flatMap(([name, inner]) => {
    const known = Object.hasOwn(keys, name) ? keys[name] : undefined;
    return known === undefined ? [`${path}.${name}`.slice(1)] : unknownKeys(inner, known, `${path}.${name}`);
  });
}

export type { AnyKeys };
