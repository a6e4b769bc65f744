import { lookUp, schemaBreaks, type Direction, type Schema } from './schema-breaks';

/** As far as compatibility is a matter of them. */
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body & { readonly required?: boolean };
  readonly responses?: Readonly<Record<string, Body>>;
  readonly security?: readonly object[];
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}
interface Body {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

/** What breaks between a schema of the one document and a schema of the other. */
type Between = (was: Schema | undefined, is: Schema | undefined, direction: Direction, where: string) => string[];

const comparing =
  (before: object, now: object): Between =>
  (was, is, direction, where) =>
    schemaBreaks({ document: before, schema: was }, { document: now, schema: is }, direction, where);

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/**
 * What callers of an HTTP API may rely on by the document `before` and not by `now`, one line each: operations, parameters,
 * bodies, answers of success, and being open to all.
 */
export function openApiBreaks(before: OpenApi, now: OpenApi): string[] {
  const between = comparing(before, now);
  return Object.entries(before.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method]) => METHODS.includes(method))
      .flatMap(([method, operation]) => {
        const where = `${method.toUpperCase()} ${path}`;
        const own = now.paths[path]?.[method];
        return own === undefined ? [`${where}: is gone`] : operationBreaks(where, between, operation, own);
      }),
  );
}

function operationBreaks(where: string, between: Between, old: Operation, own: Operation): string[] {
  const breaks = parameterBreaks(where, between, old, own);
  if (!old.security?.length && own.security?.length) breaks.push(`${where}: was open to all`);
  if (own.requestBody?.required && !old.requestBody?.required) breaks.push(`${where} body: is asked for, and was not`);
  for (const [type, { schema }] of Object.entries(old.requestBody?.content ?? {})) {
    const other = own.requestBody?.content?.[type];
    if (other === undefined) breaks.push(`${where} body: no longer takes ${type}`);
    else breaks.push(...between(schema, other.schema, 'asked', `${where} body`));
  }
  for (const [status, answer] of Object.entries(old.responses ?? {})) {
    if (!status.startsWith('2')) continue;
    const other = own.responses?.[status];
    if (other === undefined) breaks.push(`${where}: never answers ${status}`);
    for (const [type, { schema }] of Object.entries(other ? (answer.content ?? {}) : {})) {
      const content = other?.content?.[type];
      if (content === undefined) breaks.push(`${where} ${status}: is not ${type}`);
      else if (schema) breaks.push(...between(schema, content.schema, 'given', `${where} ${status}`));
    }
  }
  return breaks;
}

function parameterBreaks(where: string, between: Between, old: Operation, own: Operation): string[] {
  const keyOf = ({ in: place, name }: Parameter): string => `${place} ${name}`;
  const was = new Map((old.parameters ?? []).map((one) => [keyOf(one), one]));
  const is = new Map((own.parameters ?? []).map((one) => [keyOf(one), one]));
  const breaks = [...is.values()]
    .filter((one) => one.required && !was.get(keyOf(one))?.required)
    .map((one) => `${where} ${keyOf(one)}: is asked for, and was not`);
  for (const [key, { schema }] of was) {
    const other = is.get(key);
    // An unknown header is not refused, as any proxy may add one.
    if (other === undefined) breaks.push(...(key.startsWith('header ') ? [] : [`${where} ${key}: is gone`]));
    else breaks.push(...between(schema, other.schema, 'asked', `${where} ${key}`));
  }
  return breaks;
}

interface AsyncApi {
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<Record<string, MessageOperation>>;
}
interface Channel {
  readonly address: string;
  readonly messages?: Readonly<Record<string, { readonly $ref?: string; readonly payload?: Schema }>>;
}
interface MessageOperation {
  readonly action: 'send' | 'receive';
  readonly channel: { readonly $ref: string };
  readonly messages: readonly { readonly $ref: string }[];
}

/**
 * The same for messages over Kafka, Redis, webhooks and the socket. What one of our services sends, others read; what it
 * receives, others write, and what passes between two of ours must keep both promises while releases run side by side.
 */
export function asyncApiBreaks(before: AsyncApi, now: AsyncApi): string[] {
  const between = comparing(before, now);
  return Object.entries(before.operations).flatMap(([name, operation]) => {
    const own = now.operations[name];
    if (own === undefined) return [`${name}: is gone`];
    const [from, to] = [channelOf(before, operation).address, channelOf(now, own).address];
    const breaks = from === to ? [] : [`${name}: address was ${from}, is ${to}`];
    const direction = operation.action === 'send' ? 'given' : 'heard';
    for (const [message, old] of messagesOf(before, operation)) {
      const other = messagesOf(now, own).get(message);
      if (other === undefined) breaks.push(`${name} ${message}: is gone`);
      else breaks.push(...between(old, other, direction, `${name} ${message}`));
    }
    return breaks;
  });
}

const channelOf = (document: object, { channel }: MessageOperation): Channel =>
  lookUp(document, channel.$ref) as unknown as Channel;

/** Payloads by the name of the message. */
function messagesOf(document: object, { messages }: MessageOperation): Map<string, Schema | undefined> {
  return new Map(
    messages.map(({ $ref }) => {
      let message = lookUp(document, $ref) as { $ref?: string; payload?: Schema };
      while (message.$ref !== undefined) message = lookUp(document, message.$ref);
      return [$ref.split('/').at(-1) ?? $ref, message.payload];
    }),
  );
}

/** Names in the first column of a page of ours, such as settings, error codes and permissions, that went away. */
export function nameBreaks(before: string, now: string): string[] {
  const is = new Set(namesOf(now));
  return namesOf(before)
    .filter((name) => !is.has(name))
    .map((name) => `${name}: is gone`);
}

const namesOf = (page: string): string[] =>
  page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''));
