/** A JSON Schema or a schema object of OpenAPI 3.0, as far as our documents use them. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly nullable?: boolean;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: boolean | Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly [limit: string]: unknown;
}

/**
 * Who writes what a schema describes: we (`given`, others read), or others (`asked` of our API, which refuses members that it
 * does not know; `heard` in a message, of which they are ignored).
 */
export type Direction = 'given' | 'asked' | 'heard';

/** A schema with the document in which its references lie. */
export interface Placed {
  readonly document: object;
  readonly schema: Schema | undefined;
}

/** Limits that others have to keep: whether a greater number leaves them more room. */
const LIMITS = {
  maxLength: true,
  maximum: true,
  maxItems: true,
  maxProperties: true,
  minLength: false,
  minimum: false,
  minItems: false,
  minProperties: false,
} as const;

/**
 * What the other side may rely on by `before` and not by `now`, one line each, beginning with `where`. Of what others write,
 * nothing that was accepted may be refused. Of what is given, nothing that was there may be missing or of another kind; new
 * members and new values of an enum are no break, as readers ignore what they do not know.
 */
export function schemaBreaks(before: Placed, now: Placed, direction: Direction, where: string): string[] {
  return compare(before, now, { direction, where, seen: new Set() });
}

interface At {
  readonly direction: Direction;
  readonly where: string;
  readonly seen: ReadonlySet<string>;
}

function compare(before: Placed, now: Placed, at: At): string[] {
  const pair = `${before.schema?.$ref} ${now.schema?.$ref}`;
  if (before.schema?.$ref !== undefined && at.seen.has(pair)) return [];
  const inner = { ...at, seen: new Set([...at.seen, pair]) };
  const old = flat(before);
  const own = flat(now);
  if (old === undefined) return own === undefined || at.direction === 'given' ? [] : required(own, at.where);
  if (own === undefined) return [`${at.where}: is gone`];
  const [choices, others] =
    at.direction === 'given'
      ? [choicesOf(own, now.document), choicesOf(old, before.document)]
      : [choicesOf(old, before.document), choicesOf(own, now.document)];
  // Each of those that may come has to be one of those that are understood: the nearest one says what is wrong.
  return choices.flatMap((choice) => {
    const tries = others.map((other) => {
      const [was, is] = at.direction === 'given' ? [other, choice] : [choice, other];
      return comparePlain({ document: before.document, schema: was }, { document: now.document, schema: is }, inner);
    });
    return tries.sort((left, right) => left.length - right.length)[0] ?? [];
  });
}

function comparePlain(before: Whole, now: Whole, at: At): string[] {
  const below = (name: string, was: Schema | undefined, is: Schema): string[] =>
    compare({ ...before, schema: was }, { ...now, schema: is }, { ...at, where: `${at.where}${name}` });
  const [old, own] = [before.schema, now.schema];
  return [
    ...typeBreaks(old, own, at),
    ...valueBreaks(old, own, at),
    ...memberBreaks(old, own, at),
    ...Object.entries(own.properties ?? {}).flatMap(([name, is]) =>
      old.properties?.[name] === undefined ? [] : below(`.${name}`, old.properties[name], is),
    ),
    ...(old.items && own.items ? below('[]', old.items, own.items) : []),
  ];
}

interface Whole {
  readonly document: object;
  readonly schema: Schema;
}

const required = (schema: Schema, where: string): string[] =>
  schema.required?.length ? [`${where}: is asked for, and was not`] : [];

/** References followed and `allOf` put together. */
function flat({ document, schema }: Placed): Schema | undefined {
  if (schema?.$ref !== undefined) return flat({ document, schema: lookUp(document, schema.$ref) });
  if (schema?.allOf === undefined) return schema;
  const { allOf, ...rest } = schema;
  return [...allOf.map((part) => flat({ document, schema: part }) ?? {}), rest].reduce(together, {});
}

/** The forms that a schema allows, each whole; itself where there is no choice. */
function choicesOf(schema: Schema, document: object): Schema[] {
  const { oneOf, anyOf, ...rest } = schema;
  const choices = oneOf ?? anyOf;
  if (choices === undefined) return [schema];
  return choices.flatMap((choice) => choicesOf(together(rest, flat({ document, schema: choice }) ?? {}), document));
}

const together = (left: Schema, right: Schema): Schema => ({
  ...left,
  ...right,
  properties: { ...left.properties, ...right.properties },
  required: [...(left.required ?? []), ...(right.required ?? [])],
});

/** @throws Error for a reference that leads nowhere */
export function lookUp(document: object, reference: string): Schema {
  const names = reference.replace(/^#\//, '').split('/');
  let found: unknown = document;
  for (const name of names) found = (found as Record<string, unknown> | undefined)?.[unescape(name)];
  if (found === undefined) throw new Error(`${reference} leads nowhere`);
  return found as Schema;
}

const unescape = (name: string): string => name.replaceAll('~1', '/').replaceAll('~0', '~');

function typesOf({ type, nullable, enum: values }: Schema): Set<string> {
  const types = new Set(type === undefined ? [] : typeof type === 'string' ? [type] : type);
  // What takes any number takes whole ones.
  if (types.has('number')) types.add('integer');
  if (nullable || (types.size > 0 && values?.includes(null))) types.add('null');
  return types;
}

function typeBreaks(before: Schema, now: Schema, { direction, where }: At): string[] {
  const [old, own] = [typesOf(before), typesOf(now)];
  const breaks = [];
  if (old.size > 0 && own.size > 0) {
    const [all, some] = direction === 'given' ? [old, own] : [own, old];
    if ([...some].some((type) => !all.has(type)))
      breaks.push(`${where}: was ${[...old].join(' or ')}, is ${[...own].join(' or ')}`);
  } else if (old.size === 0 ? direction !== 'given' && own.size > 0 : direction === 'given' && own.size === 0) {
    breaks.push(`${where}: was ${[...old].join(' or ') || 'anything'}, is ${[...own].join(' or ') || 'anything'}`);
  }
  if (before.format !== now.format && (direction === 'given' ? before.format : now.format) !== undefined)
    breaks.push(`${where}: format was ${before.format ?? 'any'}, is ${now.format ?? 'any'}`);
  return breaks;
}

const valuesOf = ({ enum: values, const: value }: Schema): readonly unknown[] | undefined =>
  values ?? (value === undefined ? undefined : [value]);

function valueBreaks(before: Schema, now: Schema, { direction, where }: At): string[] {
  const breaks = [];
  const [old, own] = [valuesOf(before), valuesOf(now)];
  if (direction === 'given') {
    if (before.const !== undefined && before.const !== now.const)
      breaks.push(`${where}: is no longer ${JSON.stringify(before.const)}`);
    return breaks;
  }
  if (own !== undefined && old === undefined) breaks.push(`${where}: takes no more than ${own.join(', ')}`);
  for (const value of old ?? [])
    if (own && !own.includes(value)) breaks.push(`${where}: no longer takes ${String(value)}`);
  if (now.pattern !== undefined && now.pattern !== before.pattern)
    breaks.push(`${where}: pattern was ${before.pattern ?? 'any'}, is ${now.pattern}`);
  for (const [limit, isRoom] of Object.entries(LIMITS)) {
    const [was, is] = [before[limit], now[limit]] as (number | undefined)[];
    if (is === undefined || was === is) continue;
    if (was === undefined ? !isIdle(limit, is) : isRoom ? is < was : is > was)
      breaks.push(`${where}: ${limit} was ${was ?? 'none'}, is ${is}`);
  }
  return breaks;
}

/** A least number of nothing was in force before it was written down. */
const isIdle = (limit: string, value: number): boolean => /^min(Length|Items|Properties)$/.test(limit) && value === 0;

function memberBreaks(before: Schema, now: Schema, { direction, where }: At): string[] {
  const [was, is] = [new Set(before.required), new Set(now.required)];
  const names = Object.keys(before.properties ?? {});
  const gone = names.filter((name) => now.properties?.[name] === undefined).map((name) => `${where}.${name}: is gone`);
  if (direction === 'given') {
    const loose = names.filter((name) => now.properties?.[name] !== undefined && was.has(name) && !is.has(name));
    return [...gone, ...loose.map((name) => `${where}.${name}: may be missing`)];
  }
  const news = [...is].filter((name) => !was.has(name)).map((name) => `${where}.${name}: is asked for, and was not`);
  return [...(direction === 'asked' || now.additionalProperties === false ? gone : []), ...news];
}
