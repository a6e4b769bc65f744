import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namedValues, selectorsOf, unknownIn, type KnownSeries } from './promql-names';
import { alerts, folder, recordings, root, titleOf } from './rule-files';
import { RunningServices } from './running-services.fixture';

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly links?: readonly { readonly url: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
  readonly targets?: readonly Target[];
}

const boards = readdirSync(join(folder, 'dashboards')).map((name) => {
  const board = JSON.parse(readFileSync(join(folder, 'dashboards', name), 'utf8')) as { uid: string; panels: Panel[] };
  return { name, ...board, panels: board.panels.filter(({ type }) => type !== 'row') };
});
const queries = boards.flatMap(({ name, panels }) =>
  panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ ...target, of: `${name}: ${title}` }))),
);
const expressions = [
  ...recordings.map(({ record, expr }) => ({ of: record, expr })),
  ...alerts.map((alert) => ({ of: titleOf(alert), expr: alert.expr })),
  ...queries,
];

let services: RunningServices;
let known: KnownSeries;
beforeAll(async () => {
  services = await RunningServices.start();
  // A recorded series has the labels by which it is grouped; instances are gone.
  const recorded = recordings.map(({ record, expr }): [string, Set<string>] => [
    record,
    new Set([...expr.matchAll(/by \(([\w, ]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '))),
  ]);
  known = new Map([...services.series(), ...recorded]);
});
afterAll(() => services?.stop());

describe('what rules and dashboards read', () => {
  it('is exported by a running service, with the labels that they name', () => {
    const unknown = expressions.flatMap(({ of, expr }) => unknownIn(expr, known).map((what) => `${of}: ${what}`));
    expect(unknown).toEqual([]);
    expect(expressions.length).toBeGreaterThan(100);
  });

  it('has values that the product gives its labels', () => {
    const source = ['apps', 'libs']
      .flatMap((name) => readdirSync(join(root, name), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && /(?<!\.test|\.fixture)\.ts$/.test(entry.name))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
      .join('\n');
    const values = new Set(expressions.flatMap(({ expr }) => namedValues(expr)));
    const isStatus = (value: string): boolean => /^[1-5]\d\d$/.test(value);
    const written = (value: string): boolean => new RegExp(`['":]${value.replaceAll('.', '\\.')}['"]`).test(source);
    expect([...values].filter((value) => !isStatus(value) && !written(value))).toEqual([]);
    expect(values.size).toBeGreaterThan(20);
  });

  it('can be read from the database: no gauge of a service that runs fails', async () => {
    for (const metrics of services.metrics()) {
      const text = `${await metrics.render()}${await metrics.render()}`;
      expect(text.match(/^metrics_gauges_failed_total\{.*$/m)?.[0]).toBeUndefined();
    }
  });
});

describe('the id under which a process issues ids', () => {
  it('is one of its pool', async () => {
    for (const metrics of services.metrics()) {
      const id = Number(/^node_lease_id\{[^}]*\} (\d+)$/m.exec(await metrics.render())?.[1]);
      expect(id).toBeGreaterThanOrEqual(900);
      expect(id).toBeLessThan(950);
    }
  });
});

describe('the check itself', () => {
  const series: KnownSeries = new Map([
    ['jobs', new Set(['queue', 'state'])],
    ['other', new Set(['queue'])],
  ]);

  it.each([
    ['jbs > 0', ['jbs is not exported']],
    ['sum by (queue) (rate(jobs{stat="x"}[5m]))', ['jobs has no label stat']],
    ['sum by (quue) (jobs)', ['none of jobs has the label quue']],
    ['sum by (state) (other) / sum(jobs)', ['none of other has the label state']],
    ['jobs unless on (quue) other', ['none of jobs, other has the label quue']],
    ['max({__name__=~"jobs|lost"})', ['lost is not exported']],
    ['100 * sum by (queue) (jobs{state="x"}) / on (queue) other > 5', []],
  ])('of %s finds %j', (expr, found) => {
    expect(unknownIn(expr, series)).toEqual(found);
  });

  it('takes nothing for PromQL that is none', () => {
    expect(() => selectorsOf('sum by (queue (jobs)')).toThrow('no PromQL');
  });

  it('reads the values of matchers', () => {
    expect(namedValues('a{x="done",y!~"RETRY|DEAD",z=~"5..",route!~".*/healthz"}')).toEqual(['done', 'RETRY', 'DEAD']);
  });
});

describe('a dashboard', () => {
  it('exists for payment, invoice, signal, money safety, providers and queues', () => {
    const expected = ['invoice', 'money-safety', 'payment', 'providers', 'queues', 'signal'];
    expect(boards.map(({ name }) => name)).toEqual(expected.map((name) => `${name}.json`));
    expect(boards.map(({ uid }) => uid)).toEqual(expected.map((name) => `nx-${name}`));
  });

  it.each(boards)('of $name explains every panel, and its links lead to pages', ({ panels }) => {
    expect(panels.length).toBeGreaterThan(5);
    const pages = new Set(readdirSync(join(root, 'docs', 'runbooks')));
    const dumb = panels.filter(
      ({ description = '', fieldConfig, targets = [], links = [] }) =>
        description.length < 20 ||
        fieldConfig?.defaults.unit === undefined ||
        targets.length === 0 ||
        links.some(({ url }) => !pages.has(url.replace('https://docs.internal/runbooks/', ''))),
    );
    expect(dumb.map(({ title }) => title)).toEqual([]);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  it('names in its legends only labels that its query keeps', () => {
    const wrong = queries.flatMap(({ of, expr, legendFormat }) => {
      const kept = [...expr.matchAll(/by \(([\w, ]*)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
      const own = selectorsOf(expr).flatMap(({ names }) => names.flatMap((name) => [...(known.get(name) ?? [])]));
      const labels = new Set(kept.length > 0 ? kept : own);
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      return named.filter((label) => !labels.has(label)).map((label) => `${of}: ${label}`);
    });
    expect(wrong).toEqual([]);
  });
});
