import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../infra/paths.mjs';
import { asyncApiBreaks, nameBreaks, openApiBreaks } from './contract-breaks';
import { fileOfPreviousRelease } from './previous-release.mjs';
import { schemaBreaks, type Direction, type Schema } from './schema-breaks';

const text = (extra: object = {}): Schema => ({ type: 'string', ...extra });
const object = (properties: Record<string, Schema>, ...required: string[]): Schema => ({
  type: 'object',
  properties,
  required,
});
const breaksOf = (before: Schema, now: Schema, direction: Direction): string[] =>
  schemaBreaks({ document: {}, schema: before }, { document: {}, schema: now }, direction, 'x');

describe('a schema', () => {
  it.each<[string, Schema, Schema, Record<Direction, string[]>]>([
    ['that stays', object({ a: text() }, 'a'), object({ a: text() }, 'a'), { given: [], asked: [], heard: [] }],
    [
      'that loses a member',
      object({ a: text(), b: text() }),
      object({ a: text() }),
      { given: ['x.b: is gone'], asked: ['x.b: is gone'], heard: [] },
    ],
    [
      'that loses a member and refuses what it does not know',
      object({ a: text() }),
      { type: 'object', additionalProperties: false },
      { given: ['x.a: is gone'], asked: ['x.a: is gone'], heard: ['x.a: is gone'] },
    ],
    [
      'that gets a member',
      object({ a: text() }),
      object({ a: text(), b: text() }),
      { given: [], asked: [], heard: [] },
    ],
    [
      'that gets a member which has to be there',
      object({ a: text() }),
      object({ a: text(), b: text() }, 'b'),
      { given: [], asked: ['x.b: is asked for, and was not'], heard: ['x.b: is asked for, and was not'] },
    ],
    [
      'whose member need not be there any more',
      object({ a: text() }, 'a'),
      object({ a: text() }),
      { given: ['x.a: may be missing'], asked: [], heard: [] },
    ],
    [
      'of another type',
      object({ a: text() }),
      object({ a: { type: 'integer' } }),
      {
        given: ['x.a: was string, is integer'],
        asked: ['x.a: was string, is integer'],
        heard: ['x.a: was string, is integer'],
      },
    ],
    [
      'that may be null now',
      text(),
      text({ nullable: true }),
      { given: ['x: was string, is string or null'], asked: [], heard: [] },
    ],
    [
      'that may be null no more',
      { type: ['string', 'null'] },
      text(),
      { given: [], asked: ['x: was string or null, is string'], heard: ['x: was string or null, is string'] },
    ],
    [
      'of whole numbers, for any number',
      { type: 'number' },
      { type: 'integer' },
      {
        given: [],
        asked: ['x: was number or integer, is integer'],
        heard: ['x: was number or integer, is integer'],
      },
    ],
    [
      'that takes a value less',
      text({ enum: ['A', 'B'] }),
      text({ enum: ['A', 'C'] }),
      { given: [], asked: ['x: no longer takes B'], heard: ['x: no longer takes B'] },
    ],
    [
      'that is another constant',
      text({ const: 'A' }),
      text({ const: 'B' }),
      { given: ['x: is no longer "A"'], asked: ['x: no longer takes A'], heard: ['x: no longer takes A'] },
    ],
    [
      'with a narrower limit',
      text({ maxLength: 10, minLength: 1 }),
      text({ maxLength: 9, minLength: 2 }),
      {
        given: [],
        asked: ['x: maxLength was 10, is 9', 'x: minLength was 1, is 2'],
        heard: ['x: maxLength was 10, is 9', 'x: minLength was 1, is 2'],
      },
    ],
    ['with a wider limit', text({ maxLength: 10 }), text({ maxLength: 11 }), { given: [], asked: [], heard: [] }],
    ['with a first limit that is none', text(), text({ minLength: 0 }), { given: [], asked: [], heard: [] }],
    [
      'with a pattern',
      text(),
      text({ pattern: '^a$' }),
      { given: [], asked: ['x: pattern was any, is ^a$'], heard: ['x: pattern was any, is ^a$'] },
    ],
    [
      'with another format',
      text({ format: 'uuid' }),
      text({ format: 'date' }),
      {
        given: ['x: format was uuid, is date'],
        asked: ['x: format was uuid, is date'],
        heard: ['x: format was uuid, is date'],
      },
    ],
    [
      'of a list whose items change',
      { type: 'array', items: text() },
      { type: 'array', items: { type: 'boolean' } },
      {
        given: ['x[]: was string, is boolean'],
        asked: ['x[]: was string, is boolean'],
        heard: ['x[]: was string, is boolean'],
      },
    ],
    [
      'that gets another form beside the one it had',
      object({ a: text() }, 'a'),
      { anyOf: [object({ a: text() }, 'a'), object({ b: text() }, 'b')] },
      { given: ['x.a: is gone'], asked: [], heard: [] },
    ],
    [
      'that loses one of its forms',
      { oneOf: [text(), { type: 'integer' }] },
      text(),
      { given: [], asked: ['x: was integer, is string'], heard: ['x: was integer, is string'] },
    ],
    [
      'put together of parts',
      { allOf: [object({ a: text() }, 'a'), object({ b: text() })] },
      object({ a: text() }),
      { given: ['x.b: is gone', 'x.a: may be missing'], asked: ['x.b: is gone'], heard: [] },
    ],
  ])('%s', (_, before, now, expected) => {
    for (const direction of ['given', 'asked', 'heard'] as const)
      expect([direction, ...breaksOf(before, now, direction)]).toEqual([direction, ...expected[direction]]);
  });

  it('that contains itself is followed once', () => {
    const tree = {
      components: { schemas: { Node: object({ next: { $ref: '#/components/schemas/Node' }, a: text() }) } },
    };
    const less = { components: { schemas: { Node: object({ next: { $ref: '#/components/schemas/Node' } }) } } };
    const schema = { $ref: '#/components/schemas/Node' };
    const compared = schemaBreaks({ document: tree, schema }, { document: less, schema }, 'given', 'x');
    expect(compared).toEqual(['x.a: is gone']);
    expect(() => schemaBreaks({ document: {}, schema }, { document: less, schema }, 'given', 'x')).toThrow(
      '#/components/schemas/Node leads nowhere',
    );
  });
});

describe('an HTTP API', () => {
  const answer = { 200: { content: { 'application/json': { schema: object({ id: text() }, 'id') } } } };
  const body = { content: { 'application/json': { schema: object({ amount: { type: 'integer' } }) } } };
  const page = { name: 'page', in: 'query', schema: text() };
  const before = { paths: { '/sales': { post: { parameters: [page], requestBody: body, responses: answer } } } };
  const change = (operation: object): string[] =>
    openApiBreaks(before, { paths: { '/sales': { post: { ...before.paths['/sales'].post, ...operation } } } });

  it.each<[string, object, string[]]>([
    ['the same', {}, []],
    ['a parameter less', { parameters: [] }, ['POST /sales query page: is gone']],
    [
      'a narrower parameter',
      { parameters: [{ ...page, schema: text({ enum: ['1'] }) }] },
      ['POST /sales query page: takes no more than 1'],
    ],
    [
      'a parameter that is asked for',
      { parameters: [page, { name: 'x-key', in: 'header', required: true, schema: text() }] },
      ['POST /sales header x-key: is asked for, and was not'],
    ],
    [
      'a body of another kind',
      { requestBody: { content: {} } },
      ['POST /sales body: no longer takes application/json'],
    ],
    [
      'a body that is asked for',
      { requestBody: { ...body, required: true } },
      ['POST /sales body: is asked for, and was not'],
    ],
    ['another answer', { responses: { 201: answer[200] } }, ['POST /sales: never answers 200']],
    [
      'a smaller answer',
      { responses: { 200: { content: { 'application/json': { schema: object({}) } } } } },
      ['POST /sales 200.id: is gone'],
    ],
    [
      'an answer of another kind',
      { responses: { 200: { content: {} } } },
      ['POST /sales 200: is not application/json'],
    ],
    ['a lock', { security: [{ bearer: [] }] }, ['POST /sales: was open to all']],
  ])('with %s', (_, operation, expected) => expect(change(operation)).toEqual(expected));

  it('with an operation less', () => {
    expect(openApiBreaks(before, { paths: {} })).toEqual(['POST /sales: is gone']);
    expect(openApiBreaks({ paths: {} }, before)).toEqual([]);
  });
});

describe('messages', () => {
  const document = (action: 'send' | 'receive', payload: Schema, address = 'sales') => ({
    channels: { sales: { address, messages: { sold: { $ref: '#/components/messages/sold' } } } },
    operations: {
      tell: { action, channel: { $ref: '#/channels/sales' }, messages: [{ $ref: '#/channels/sales/messages/sold' }] },
    },
    components: { messages: { sold: { payload } } },
  });
  const [whole, less] = [object({ id: text(), at: text() }), object({ id: text() })];

  it('that are sent keep their members', () => {
    expect(asyncApiBreaks(document('send', whole), document('send', less))).toEqual(['tell sold.at: is gone']);
    expect(asyncApiBreaks(document('send', less), document('send', whole))).toEqual([]);
  });

  it('that are received are understood as they were', () => {
    expect(asyncApiBreaks(document('receive', whole), document('receive', less))).toEqual([]);
    expect(asyncApiBreaks(document('receive', whole), document('receive', object({ id: text() }, 'id')))).toEqual([
      'tell sold.id: is asked for, and was not',
    ]);
  });

  it('keep their address, and are not left out', () => {
    expect(asyncApiBreaks(document('send', whole), document('send', whole, 'sold'))).toEqual([
      'tell: address was sales, is sold',
    ]);
    const silent = { ...document('send', whole), operations: {} };
    expect(asyncApiBreaks(document('send', whole), silent)).toEqual(['tell: is gone']);
  });
});

describe('names of a page', () => {
  it('do not go away, with their other names', () => {
    const before = '| Variable | Kind |\n| --- | --- |\n| `A` or `B` | `text` |\n| `C` | text |\n';
    expect(nameBreaks(before, before)).toEqual([]);
    expect(nameBreaks(before, '| `A` | `text` |\n')).toEqual(['B: is gone', 'C: is gone']);
  });
});

describe('this release', () => {
  const accepted = JSON.parse(read('tools/release/accepted-breaks.json')) as Record<string, string>;

  it('keeps what the one before promised, but for what is accepted with its reason', async () => {
    const found = [
      ...(await Promise.all(['payment', 'invoice', 'signal'].map(apiOf))).flat(),
      ...(await compared('docs/generated/asyncapi.yaml', (page) => parse(page) as never, asyncApiBreaks)),
      ...(await Promise.all(['settings', 'errors', 'permissions'].map(namesOf))).flat(),
    ];
    expect(found).toEqual(Object.keys(accepted));
    for (const reason of Object.values(accepted)) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
  }, 120_000);

  const apiOf = (service: string): Promise<string[]> =>
    compared(`docs/generated/openapi/${service}.json`, (page) => JSON.parse(page) as never, openApiBreaks);
  const namesOf = (page: string): Promise<string[]> => compared(`docs/generated/${page}.md`, (one) => one, nameBreaks);
  const compared = async <T>(path: string, parsed: (text: string) => T, breaks: (before: T, now: T) => string[]) =>
    breaks(parsed(await fileOfPreviousRelease(path)), parsed(read(path)));
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
