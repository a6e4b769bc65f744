import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testDatabase, type TestDatabase, type TestService } from '@nx/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'docs', 'runbooks');
const pages = readdirSync(folder).map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));

interface Sql {
  readonly page: string;
  readonly role: string;
  readonly sql: string;
}

/** Statements of a page; the first line of each says under which role it runs. */
const statements = pages.flatMap(({ name, text }) =>
  [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, sql = '']): Sql => {
    const role = /^-- role: (nx_\w+)\n/.exec(sql)?.[1] ?? '';
    return { page: name, role, sql };
  }),
);

const SERVICES: readonly TestService[] = ['payment', 'invoice', 'signal'];

describe.each(SERVICES)('SQL of the runbooks under nx_%s', (service) => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await testDatabase({ service });
    client = new pg.Client({ connectionString: database.urlFor('runtime') });
    await client.connect();
  });

  afterAll(async () => {
    await client?.end();
    await database?.drop();
  });

  it.each(statements.filter(({ role }) => role === `nx_${service}`))('statement of $page', async ({ sql }) => {
    await client.query('BEGIN READ ONLY');
    try {
      await expect(client.query(sql)).resolves.toBeDefined();
    } finally {
      await client.query('ROLLBACK');
    }
  });
});

/** The source of product, tools and rules as one text, tests left out: names that only a test knows do not exist. */
function sourceText(): string {
  return ['apps', 'libs', 'tools', 'observability']
    .flatMap((name) =>
      readdirSync(join(root, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /(?<!\.test)\.(ts|mjs|sql|yml)$/.test(entry.name))
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
    )
    .join('\n');
}

describe('names in the runbooks', () => {
  const source = sourceText();

  it('say for each statement its role', () => {
    expect(statements.length).toBeGreaterThan(10);
    expect(statements.filter(({ role }) => !SERVICES.some((service) => role === `nx_${service}`))).toEqual([]);
  });

  it.each(pages)('of $name are those of the code', ({ text }) => {
    const prose = text.replaceAll(/```[\s\S]*?```/g, '');
    const names = [...prose.matchAll(/`([A-Z]+_[A-Z_]+|[a-z]+(?:_[a-z]+)+)`/g)].map(([, name = '']) => name);
    const missing = names.filter((name) => !new RegExp(`\\b${name}\\b`).test(source));
    expect(missing).toEqual([]);
  });

  it.each(pages)('of the log lines in $name are written like that', ({ text }) => {
    const items = [...text.matchAll(/^- Log: ([\s\S]*?)(?=\n- |\n\n|\. Metric)/gm)].map(([, item = '']) => item);
    const markers = items
      .flatMap((item) => [...item.matchAll(/`([^`]+)`/g)].map(([, marker = '']) => marker.replaceAll(/\s+/g, ' ')))
      .filter((marker) => marker.includes(' '));
    // A template literal has its constant part in front: `WebhookDispatcherService gave up` is MARKER and ' gave up'.
    const written = (marker: string): boolean =>
      source.includes(marker) || source.includes(marker.replace(/^WebhookDispatcherService/, '${MARKER}'));
    expect(markers.filter((marker) => !written(marker))).toEqual([]);
  });
});
