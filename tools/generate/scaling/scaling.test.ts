import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { costTable } from '../../bench/report/cost-table';
import { ROOT } from '../../infra/paths.mjs';
import { benchFigures, type BenchFigures } from './bench-figures';
import { manifestLimits, type ManifestLimits } from './manifest-limits';
import { planOf } from './plan';
import { filled, scalingBlocks, scalingPage } from './scaling';
import { large, storage } from './wording';

const RATES = `| Checkout: checkouts over HTTP | 1,200/s | x |\n| IPN intake: callbacks of the gateway over HTTP | 600/s | x |\n`;

const measured = (milliseconds: Readonly<Record<string, number>>): string =>
  RATES +
  costTable({
    payments: 1000,
    parts: Object.entries(milliseconds).map(([part, value]) => ({ part, milliseconds: value })),
    databaseBytes: 20 * 1024,
    logBytes: 50 * 1024,
  });

const PAGE = measured({ 'payment-api': 9, 'payment-worker': 5, signal: 2, PostgreSQL: 10, Redis: 4 });

const BENCH: BenchFigures = {
  api: 9,
  worker: 5,
  signal: 2,
  postgres: 10,
  redis: 4,
  checkoutsPerSecond: 1200,
  callbacksPerSecond: 600,
  rowsKib: 20,
  logKib: 50,
};

const LIMITS: ManifestLimits = {
  deployments: new Map([['payment-api', { pods: 3, nodeIds: 11, pool: 8 }]]),
  fromOneAddress: 200,
  connections: 500,
};

describe('figures of the bench', () => {
  it('are read as its page writes them', () => expect(benchFigures(PAGE)).toEqual(BENCH));

  it('are missed by name', () => {
    expect(() => benchFigures(PAGE.replace('| Redis |', '| Valkey |'))).toThrow(
      /bench\.md has no figure of Redis; run/,
    );
    expect(() => benchFigures(PAGE.replace('IPN intake', 'Intake'))).toThrow('no figure of IPN intake');
  });
});

describe('limits of the manifests', () => {
  it('are those of every Deployment', () => {
    const { deployments, fromOneAddress, connections } = manifestLimits(ROOT);
    expect([...deployments.keys()].toSorted()).toEqual(
      ['invoice', 'invoice-worker', 'payment-api', 'payment-ipn', 'payment-worker', 'signal'].toSorted(),
    );
    for (const [name, limit] of deployments) {
      expect(limit.pods, name).toBeGreaterThan(1);
      expect(limit.nodeIds, name).toBeGreaterThan(limit.pods);
      expect(limit.pool, name).toBeGreaterThan(1);
    }
    expect([fromOneAddress, connections]).toEqual([200, 500]);
  });
});

describe('the plan', () => {
  it('divides the load by what a processor carries', () => {
    const plan = planOf(BENCH, 1000, 30);
    // A checkout takes a third of 9 ms, since two of them take as long as one callback; half of a processor is planned.
    expect(plan.pods.get('payment-api')).toBe(6);
    expect(plan.pods.get('payment-ipn')).toBe(12);
    expect(plan.pods.get('payment-worker')).toBe(10);
    expect(plan.pods.get('invoice-worker')).toBe(30);
    // 20 ms, of which 10 are the invoice's: 40 processors half busy, and the next larger server.
    expect(plan.primary).toBe(48);
    expect(plan.redis).toBe(8);
    expect(plan.working).toBeCloseTo(57);
    expect(plan.logMbPerSecond).toBeCloseTo(102.4);
    expect(plan.rowsGbPerDay).toBeCloseTo(707.8, 0);
  });

  it('keeps a pod in each zone, and ends where no server is large enough', () => {
    expect([...planOf(BENCH, 10, 30).pods.values()]).toEqual([3, 3, 3, 3, 3, 3]);
    expect(planOf(BENCH, 4000, 30).primary).toBeUndefined();
  });
});

describe('docs/scaling.md', () => {
  it('says what ends first', () => {
    const limits = scalingBlocks(BENCH, LIMITS).get('limits')?.split('\n').slice(2) ?? [];
    expect(limits.map((line) => line.split(' | ').slice(0, 2).join(' '))).toEqual([
      expect.stringMatching(/^\| 200 callbacks/),
      expect.stringMatching(/^\| 250 one Redis/),
      expect.stringMatching(/^\| 500 the 3 pods of `payment-api`, 170/),
      expect.stringMatching(/^\| 1,700 the 11 node ids of `payment-api`/),
      expect.stringMatching(/^\| 3,200 one primary of 128/),
    ]);
  });

  it('is made of the newest figures: npm run generate', () => {
    expect(scalingPage(ROOT) === readFileSync(join(ROOT, 'docs', 'scaling.md'), 'utf8')).toBe(true);
  });

  it('loses nothing of what is written by hand, and misses its marks by name', () => {
    const blocks = new Map([['costs', 'new']]);
    const page =
      'before\n<!-- generated: costs -->\n<!-- prettier-ignore-start -->\nold\n<!-- prettier-ignore-end -->\nafter\n';
    expect(filled(page, blocks)).toBe(page.replace('old', '\nnew\n'));
    expect(filled(filled(page, blocks), blocks)).toBe(filled(page, blocks));
    expect(() => filled('no marks', blocks)).toThrow('docs/scaling.md has no marks for the block "costs"');
  });

  it('reads large numbers as people do', () => {
    expect([518.4e6, 51.84e9, 5.184e6].map(large)).toEqual(['520 million', '52 billion', '5.2 million']);
    expect([10.6, 1060, 9_500_000].map(storage)).toEqual(['11 GB', '1.1 TB', '9.5 PB']);
  });
});
