import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { localPath, ROOT } from '../../tools/infra/paths.mjs';

/** Libraries that another team could take as packages: each shows on one page what it is, with an example that runs. */
const LIBRARIES = ['crypto', 'e-invoice', 'money', 'mq-pay', 'snowflake'];
const PAGE_LINES = 100;

describe.each(LIBRARIES)('libs/%s/README.md', (library) => {
  const path = join(ROOT, 'libs', library, 'README.md');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const examples = [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1] ?? '');

  it('is one page with one example', () => {
    expect(text.split('\n').length).toBeGreaterThan(15);
    expect(text.split('\n').length).toBeLessThanOrEqual(PAGE_LINES);
    expect(examples).toHaveLength(1);
  });

  it('has an example that checks itself and holds', async () => {
    const [example = ''] = examples;
    expect(example).toContain(`from '@nx/${library}'`);
    expect(example).toMatch(/\bassert\b/);
    const folder = localPath('cache', 'readmes');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${library}.ts`);
    writeFileSync(file, example);
    await import(file);
  });
});
