/** The part of JSON Schema (draft 7, the default of AsyncAPI 3) that the contracts need. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly (string | number)[];
  readonly const?: string | number;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly format?: string;
  readonly minimum?: number;
  readonly $ref?: string;
}

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

/**
 * The schema of a contract's type. The compiler demands every member of the type and the mark of each optional one, so
 * that a contract cannot grow without its document.
 */
export function shape<T extends object>(about: {
  readonly description?: string;
  readonly properties: { readonly [K in keyof T]-?: Schema };
  readonly optional: { readonly [K in OptionalKeys<T>]: true };
}): Schema {
  const names = Object.keys(about.properties);
  const required = names.filter((name) => !Object.hasOwn(about.optional, name));
  return {
    type: 'object',
    ...(about.description === undefined ? {} : { description: about.description }),
    properties: about.properties,
    ...(required.length === 0 ? {} : { required }),
  };
}

export const text = (description?: string): Schema => ({
  type: 'string',
  ...(description === undefined ? {} : { description }),
});
export const nullable = (schema: Schema): Schema => ({ ...schema, type: [String(schema.type), 'null'] });
export const oneOfTexts = (values: readonly string[], description?: string): Schema => ({
  ...text(description),
  enum: values,
});
export const id: Schema = text('Snowflake id in Base62.');
export const amount: Schema = { type: 'integer', description: 'Minor unit of the currency (VND has no decimals).' };
export const instant: Schema = {
  type: 'string',
  format: 'date-time',
  description: 'ISO 8601 with milliseconds and Z.',
};
export const anyObject: Schema = { type: 'object' };
export const listOf = (items: Schema): Schema => ({ type: 'array', items });
export const saleMoney: Schema = { type: ['string', 'number'], description: 'Decimal with up to four places.' };
