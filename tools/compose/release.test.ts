import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../infra/paths.mjs';
import { labelProblems, releaseVariables } from './release.mjs';
import { interpolate } from './variables.mjs';

interface Composed {
  readonly services: Readonly<Record<string, { readonly build?: { readonly args: Readonly<Record<string, string>> } }>>;
}

const image = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [`org.opencontainers.image.${name}`, value]));

const RELEASE = { NX_VERSION: '0.1.0', NX_REVISION: 'abc', NX_CREATED: '2026-11-21T10:00:00+00:00' };
const LABELS = { title: 'x', description: 'y', version: '0.1.0', revision: 'abc', created: RELEASE.NX_CREATED };

describe('labels of our images', () => {
  it('are given by compose to every image that it builds', async () => {
    const release = await releaseVariables();
    const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
    const { services } = parse(interpolate(text, release), { merge: true }) as Composed;
    const built = Object.values(services).flatMap(({ build }) => (build === undefined ? [] : [build.args]));
    expect(built.length).toBeGreaterThan(5);
    for (const args of built)
      expect({ NX_VERSION: args['VERSION'], NX_REVISION: args['REVISION'], NX_CREATED: args['CREATED'] }).toEqual({
        NX_REVISION: 'unknown',
        NX_CREATED: '1970-01-01T00:00:00Z',
        ...release,
      });
  });

  it('name the version of package.json and a commit with its time', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    const release = await releaseVariables();
    expect(release['NX_VERSION']).toBe(version);
    // An archive of the repository has no commit to name.
    if (release['NX_REVISION'] === undefined) return;
    expect(release['NX_REVISION']).toMatch(/^[0-9a-f]{40}(?:-changed)?$/);
    expect(Number.isNaN(Date.parse(release['NX_CREATED'] ?? ''))).toBe(false);
  });

  it.each([
    { what: 'all are right', labels: LABELS, says: [] },
    {
      what: 'placeholders were built in',
      labels: { ...LABELS, version: '0.0.0', revision: 'unknown' },
      says: ['the label version is 0.0.0, not 0.1.0', 'the label revision is unknown, not abc'],
    },
    {
      what: 'some are missing',
      labels: { title: 'x', version: '0.1.0', revision: 'abc' },
      says: ['the label description is missing', `the label created is missing, not ${RELEASE.NX_CREATED}`],
    },
  ])('are compared with the release: $what', ({ labels, says }) => {
    expect(labelProblems(image(labels), RELEASE)).toEqual(says);
  });
});
