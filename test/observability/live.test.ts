import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMetricsServer } from '@nx/observability';
import { eventually, reserveFreePort } from '@nx/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { SetFreeze } from '../../apps/payment/src/operations/freezes/set-freeze';
import { ensurePrometheusTool } from '../../tools/infra/prometheus.mjs';
import { dashboards } from '../../tools/generate/dashboards/dashboards';
import { alerts, recordings, ruleFiles } from './rule-files';
import { RunningServices } from './running-services.fixture';

/** A server of Prometheus beside running services costs half a minute. */
const LONG = process.env['TEST_LONG'] === '1';

const scratch = mkdtempSync(join(tmpdir(), 'prometheus-'));
const servers: Server[] = [];
let services: RunningServices | undefined;
let prometheus: ChildProcess | undefined;
let url = '';

interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastEvaluation: string;
  readonly lastError?: string;
}

interface Firing {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What Prometheus answers, as far as it is read here. */
interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly groups: readonly { readonly rules: readonly RuleState[] }[];
    readonly alerts: readonly Firing[];
    readonly result: readonly { readonly value: readonly unknown[] }[];
  };
}

const api = async (path: string): Promise<Answer> => (await fetch(`${url}/api/v1/${path}`)).json() as Promise<Answer>;

const rulesNow = async (): Promise<RuleState[]> => (await api('rules')).data.groups.flatMap(({ rules }) => rules);

beforeAll(async () => {
  if (!LONG) return;
  services = await RunningServices.start();
  for (const metrics of services.metrics()) servers.push(await startMetricsServer(metrics, 0, '127.0.0.1'));
  const targets = servers.map((server) => `127.0.0.1:${(server.address() as AddressInfo).port}`);
  const configuration = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: ruleFiles,
    scrape_configs: [{ job_name: 'services', honor_labels: true, static_configs: [{ targets }] }],
  };
  writeFileSync(join(scratch, 'prometheus.yml'), stringify(configuration));
  const program = await ensurePrometheusTool('prometheus', (line) => void process.stdout.write(`${line}\n`));
  const address = `127.0.0.1:${await reserveFreePort()}`;
  url = `http://${address}`;
  const args = [`--config.file=${scratch}/prometheus.yml`, `--storage.tsdb.path=${scratch}/data`];
  prometheus = spawn(program, [...args, `--web.listen-address=${address}`], { stdio: 'ignore' });
  await eventually(async () => (await fetch(`${url}/-/ready`)).ok, { timeoutMs: 60_000 });
}, 300_000);

afterAll(async () => {
  const ended = prometheus && new Promise((resolve) => prometheus?.once('exit', resolve));
  prometheus?.kill('SIGTERM');
  await ended;
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  await services?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

describe('a real Prometheus beside running services', () => {
  it.runIf(LONG)('evaluates every rule without an error', async () => {
    // A rule over nothing never fails: the services have to be seen first, and then every rule has to run.
    const seen = async (): Promise<boolean> => (await api('query?query=sum(up)')).data.result[0]?.value[1] === '3';
    await eventually(seen, { timeoutMs: 60_000 });
    const from = Date.now();
    const hasRun = async (): Promise<boolean> =>
      (await rulesNow()).every(({ lastEvaluation }) => Date.parse(lastEvaluation) > from);
    await eventually(hasRun, { timeoutMs: 60_000 });
    expect(await rulesNow()).toHaveLength(recordings.length + alerts.length);
    expect((await rulesNow()).filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it.runIf(LONG)('answers every query of the dashboards', async () => {
    const queries = [...dashboards().values()].flatMap((text) =>
      (JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] }).panels.flatMap(({ targets = [] }) =>
        targets.map(({ expr }) => expr),
      ),
    );
    const refused: string[] = [];
    for (const expr of queries) {
      const { status, error } = await api(`query?query=${encodeURIComponent(expr)}`);
      if (status !== 'success') refused.push(`${expr}: ${error}`);
    }
    expect(refused).toEqual([]);
    expect(queries.length).toBeGreaterThan(60);
  });

  it.runIf(LONG)('tells of a freeze that somebody has set, with the labels of the rule', async () => {
    const firing = async (): Promise<Firing[]> =>
      (await api('alerts')).data.alerts.filter(({ labels }) => labels['alertname'] === 'FreezeActive');
    expect(await firing()).toEqual([]);
    const request = { operation: 'REFUND', scopeType: 'global', reason: 'a drill', ticket: 'T-1' } as const;
    await services?.part('payment', SetFreeze).execute(request, 'operator');
    await eventually(async () => (await firing()).length === 1, { timeoutMs: 30_000 });
    expect((await firing())[0]).toMatchObject({
      state: 'firing',
      labels: { severity: 'warning', team: 'payments', escalate: 'none', operation: 'REFUND', scope_type: 'global' },
      annotations: { summary: 'REFUND is frozen' },
    });
  });
});
