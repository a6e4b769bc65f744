import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STAGES } from '@nx/config';
import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../tools/infra/paths.mjs';
import { alerts } from '../../tools/generate/alerts/alerts';
import { check } from '../../tools/manifests/check';
import { sentenceOf, type ManifestObject } from '../../tools/manifests/objects';
import { render } from '../../tools/manifests/render';
import { loadSchemas, type Schemas } from '../../tools/manifests/schemas/schemas';
import { NETWORK } from './network.fixture';
import { PODS } from './pods.fixture';
import { PRESENCE } from './presence.fixture';
import { ROLLOUT } from './rollout.fixture';
import { SERVERS } from './servers.fixture';
import { SETTINGS } from './settings.fixture';

let schemas: Schemas;
const rendered = new Map<string, readonly ManifestObject[]>();

beforeAll(async () => {
  schemas = await loadSchemas();
  const folders = [...STAGES.map((stage) => [stage, `k8s/overlays/${stage}`] as const), ['data', 'k8s/data'] as const];
  await Promise.all(folders.map(async ([stage, folder]) => rendered.set(stage, await render(folder))));
});

const objectsOf = (stage: string): readonly ManifestObject[] => rendered.get(stage) ?? [];

describe('manifests', () => {
  it.each(STAGES)('of %s keep every rule', (stage) => {
    expect(objectsOf(stage).length).toBeGreaterThan(60);
    expect(check(schemas, stage, objectsOf(stage)).map(sentenceOf)).toEqual([]);
  });

  it.each([...PODS, ...SETTINGS, ...ROLLOUT, ...NETWORK, ...PRESENCE, ...SERVERS])(
    'are refused by "$rule" when $what',
    ({ stage = 'production', rule, change, says }) => {
      const bodies = structuredClone(objectsOf(stage).map(({ body }) => body)) as any[];
      const changed = change({
        all: bodies,
        one: (kind, name) => {
          const found = bodies.find((body) => body.kind === kind && body.metadata.name.startsWith(name));
          if (found === undefined) throw new Error(`${kind} ${name} is not there to be changed`);
          return found;
        },
      });
      const objects = (changed ?? bodies).map((body, index) => ({
        ...(objectsOf(stage)[index] as ManifestObject),
        apiVersion: body.apiVersion,
        kind: body.kind,
        metadata: body.metadata,
        body,
      }));
      const complaints = check(schemas, stage, objects, rule === 'schema' ? [] : [rule]);
      expect(complaints.map((complaint) => complaint.rule)).toContain(rule);
      expect(complaints.map(sentenceOf).join('\n')).toContain(says);
    },
  );

  it('carry the alerts of observability/rules as they are', () => {
    const written = alerts(join(ROOT, 'observability', 'rules'));
    expect(written.size).toBeGreaterThan(3);
    for (const [name, text] of written) {
      const found = readFileSync(join(ROOT, 'k8s', 'base', 'monitoring', 'alerts', name), 'utf8');
      expect(found === text, `${name} is stale: npm run generate`).toBe(true);
    }
  });

  it('carry every dashboard, labelled for Grafana', () => {
    const maps = objectsOf('production').filter(({ metadata }) => metadata.labels?.['grafana_dashboard'] === '1');
    const carried = maps.flatMap(({ body }) => Object.keys(body['data'] as object));
    expect(carried.toSorted()).toEqual(readdirSync(join(ROOT, 'observability', 'dashboards')).toSorted());
  });

  it('of the servers have their form, exact images, confined pods, and nothing open that is not named', () => {
    const objects = objectsOf('data');
    expect(objects.filter(({ kind }) => kind === 'StatefulSet')).toHaveLength(3);
    const rules = ['namespace', 'confinement', 'images', 'servers', 'default deny'] as const;
    expect(check(schemas, 'data', objects, rules).map(sentenceOf)).toEqual([]);
  });

  it('of the examples have their form', async () => {
    expect(check(schemas, 'production', await render('k8s/examples'), ['keys']).map(sentenceOf)).toEqual([]);
  });
});
