import { readFileSync } from 'node:fs';
import { INVOICE_EVENT_TYPES, PAYMENT_EVENT_TYPES, SERVICES, TOPICS } from '@nx/contracts';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
}

/** What is read of an OpenAPI document. */
interface OpenApi {
  readonly openapi: string;
  readonly security?: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** What is read of an AsyncAPI document. */
interface AsyncApi {
  readonly asyncapi: string;
  readonly info: object;
  readonly channels: Readonly<
    Record<string, { readonly address: string; readonly messages: object; parameters?: object }>
  >;
  readonly operations: Readonly<Record<string, { readonly action: string; channel: Reference; messages: Reference[] }>>;
  readonly components: {
    readonly messages: object;
    readonly schemas: Readonly<
      Record<string, { readonly properties: { readonly eventType: { readonly enum: string[] } } }>
    >;
  };
}

interface Reference {
  readonly $ref: string;
}

const read = (name: string): string => readFileSync(new URL(`../../docs/generated/${name}`, import.meta.url), 'utf8');

/** Every `$ref` below a value. */
function refsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

/** What a local reference points to; undefined when it points nowhere (RFC 6901). */
const resolve = (document: object, ref: string): unknown =>
  ref
    .replace(/^#\//, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, part) => (value as Readonly<Record<string, unknown>> | undefined)?.[part], document);

const dangling = (document: object): string[] => refsIn(document).filter((ref) => resolve(document, ref) === undefined);

/** Schemas whose `required` names a member that they do not have. */
function badlyRequired(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { required, properties } = value as { required?: unknown; properties?: object };
  const missing =
    Array.isArray(required) && typeof properties === 'object'
      ? required.filter((name) => !Object.hasOwn(properties, String(name))).map((name) => `${path}/${name}`)
      : [];
  return [...missing, ...Object.entries(value).flatMap(([key, inner]) => badlyRequired(inner, `${path}/${key}`))];
}

describe.each(Object.keys(SERVICES))('openapi/%s.json', (service) => {
  const document = JSON.parse(read(`openapi/${service}.json`)) as OpenApi;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, name: `${method} ${path}` })),
  );

  it('has operations and references that lead somewhere', () => {
    expect(document.openapi).toMatch(/^3\./);
    expect(operations.length).toBeGreaterThan(0);
    expect(dangling(document)).toEqual([]);
    expect(badlyRequired(document)).toEqual([]);
  });

  it('names each operation once, under its base path', () => {
    const ids = operations.map((operation) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const { basePath } = SERVICES[service as keyof typeof SERVICES];
    expect(Object.keys(document.paths).filter((path) => !path.startsWith(`${basePath}/`))).toEqual([]);
  });

  it.each(['summary', 'tags', 'security'] as const)('says for each operation its %s', (member) => {
    const silent = operations.filter((operation) => {
      const value = operation[member] ?? (member === 'security' ? document.security : undefined);
      return value === undefined || value.length === 0;
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it('declares every parameter of a path', () => {
    const undeclared = operations.flatMap((operation) => {
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      const names = new Set(declared.map(({ name }) => name));
      return [...operation.name.matchAll(/\{(\w+)\}/g)].filter(([, name = '']) => !names.has(name)).map(String);
    });
    expect(undeclared).toEqual([]);
  });
});

describe('asyncapi.yaml', () => {
  const document = parse(read('asyncapi.yaml')) as AsyncApi;
  const channels = Object.entries(document.channels);
  const operations = Object.entries(document.operations);
  const messages = Object.entries(document.components.messages);

  it('is AsyncAPI 3 with references that lead somewhere', () => {
    expect(document.asyncapi).toBe('3.0.0');
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    expect(refsIn(document).length).toBeGreaterThan(0);
    expect(dangling(document)).toEqual([]);
    expect(badlyRequired(document)).toEqual([]);
  });

  it('has an address, messages, and an entry per parameter for each channel', () => {
    for (const [key, channel] of channels) {
      expect([key, Object.keys(channel.messages).length]).not.toEqual([key, 0]);
      const inAddress = [...channel.address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([key, Object.keys(channel.parameters ?? {})]).toEqual([key, inAddress]);
    }
    const addresses = channels.map(([, channel]) => channel.address);
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  it('has operations that send or receive messages of their own channel', () => {
    for (const [name, operation] of operations) {
      expect(['send', 'receive']).toContain(operation.action);
      expect([name, operation.messages.length]).not.toEqual([name, 0]);
      const prefix = `${operation.channel.$ref}/messages/`;
      const foreign = operation.messages.filter(({ $ref }) => !$ref.startsWith(prefix));
      expect([name, foreign]).toEqual([name, []]);
    }
    const used = operations.map(([, operation]) => operation.channel.$ref);
    expect(channels.map(([key]) => `#/channels/${key}`).filter((key) => !used.includes(key))).toEqual([]);
  });

  it('has no message that no channel carries', () => {
    const carried = new Set(refsIn(document.channels));
    expect(messages.map(([key]) => key).filter((key) => !carried.has(`#/components/messages/${key}`))).toEqual([]);
  });

  it('knows every topic and every event type of the contracts', () => {
    const addresses = channels.map(([, channel]) => channel.address);
    expect(addresses).toEqual(expect.arrayContaining(Object.values(TOPICS)));
    const { PaymentEnvelope, InvoiceEnvelope } = document.components.schemas;
    expect(PaymentEnvelope?.properties.eventType.enum).toEqual(PAYMENT_EVENT_TYPES);
    expect(InvoiceEnvelope?.properties.eventType.enum).toEqual(INVOICE_EVENT_TYPES);
  });
});

describe('permissions.md', () => {
  it('has a policy for every route', () => {
    const routes = read('permissions.md')
      .split('\n')
      .filter((line) => /^\| (GET|POST|PUT|PATCH|DELETE|ALL) /.test(line));
    expect(routes.length).toBeGreaterThan(30);
    expect(routes.filter((line) => line.includes('**none**'))).toEqual([]);
  });
});
