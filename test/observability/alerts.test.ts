import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { ensurePrometheusTool } from '../../tools/infra/prometheus.mjs';
import type { AlertCase } from './alert-case';
import { PAYMENT_CASES } from './payment-cases';
import { SAFETY_CASES } from './safety-cases';
import { alerts, folder, recordings, root, ruleFiles, secondsOf, titleOf, type Alert } from './rule-files';

const ALERT_CASES = [...PAYMENT_CASES, ...SAFETY_CASES];
const STEP = 15;

const scratch = mkdtempSync(join(tmpdir(), 'alerts-'));
let promtool = '';
let told: Ended = { code: 1, stdout: '', stderr: '' };

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const runTool = (...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(promtool, args, { cwd: scratch, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
  });

const ruleOf = ({ rule }: AlertCase): Alert => {
  const found = alerts.find((alert) => titleOf(alert) === rule);
  if (found === undefined) throw new Error(`no rule is called ${rule}`);
  return found;
};

/** What promtool is asked: the alert at the times, or nothing. */
const expectation = (rule: Alert, seconds: number, fired?: AlertCase): object => ({
  eval_time: `${seconds}s`,
  alertname: rule.alert,
  exp_alerts:
    fired === undefined
      ? []
      : [
          {
            exp_labels: { ...rule.labels, ...fired.labels },
            exp_annotations: { ...rule.annotations, summary: fired.summary, description: fired.description },
          },
        ],
});

const seriesOf = (values: Readonly<Record<string, string>>): object[] =>
  Object.entries(values).map(([series, list]) => ({ series, values: list }));

/** A test of the one rule, so that another of its name says nothing. Returns the file's name. */
function writeCase(entry: AlertCase, index: number): string {
  const rule = ruleOf(entry);
  const waits = rule.for === undefined ? 0 : secondsOf(rule.for);
  const fires = entry.since + waits;
  const early = fires < STEP ? [] : [expectation(rule, fires - STEP)];
  const rules = {
    groups: [
      { name: 'recorded', rules: recordings },
      { name: 'alert', rules: [rule] },
    ],
  };
  writeFileSync(join(scratch, `rules-${index}.yml`), stringify(rules, { aliasDuplicateObjects: false }));
  const tests = {
    rule_files: [`rules-${index}.yml`],
    evaluation_interval: `${STEP}s`,
    group_eval_order: ['recorded', 'alert'],
    tests: [
      {
        interval: `${STEP}s`,
        input_series: seriesOf(entry.over),
        alert_rule_test: [...early, expectation(rule, fires, entry)],
      },
      {
        interval: `${STEP}s`,
        input_series: seriesOf(entry.under),
        alert_rule_test: [fires, fires + 300].map((seconds) => expectation(rule, seconds)),
      },
    ],
  };
  writeFileSync(join(scratch, `case-${index}.yml`), stringify(tests, { aliasDuplicateObjects: false }));
  return `case-${index}.yml`;
}

beforeAll(async () => {
  promtool = await ensurePrometheusTool('promtool', (line) => void process.stdout.write(`${line}\n`));
  told = await runTool('test', 'rules', ...ALERT_CASES.map(writeCase));
}, 300_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** What promtool said of one file: failures go to the other stream. */
const saidOf = (file: string): string | undefined =>
  told.stdout.split('Unit Testing:').find((part) => part.includes(` ${file}\n`));

/** What it expected and got of an alert, where something failed. */
const failuresOf = (alert: string): string =>
  told.stderr
    .split('FAILED:')
    .filter((part) => part.includes(`alertname: ${alert},`))
    .join('\n') || told.stderr;

describe('rules of Prometheus', () => {
  it.each(ruleFiles.map((path) => ({ path, name: basename(path) })))('of $name are well formed', async ({ path }) => {
    expect(await runTool('check', 'rules', '--lint-fatal', path)).toMatchObject({ code: 0 });
  });

  it('fire in at least one tested case each', () => {
    const tested = new Set(ALERT_CASES.map(({ rule }) => rule));
    expect(alerts.map(titleOf).filter((title) => !tested.has(title))).toEqual([]);
    expect(new Set(alerts.map(titleOf)).size).toBe(alerts.length);
  });

  it.each(ALERT_CASES.map((entry, index) => ({ ...entry, index, series: Object.keys(entry.over)[0] })))(
    '$rule: fires when its time has come and not before, and is silent within its limit ($series)',
    ({ index, rule }) => {
      expect(saidOf(`case-${index}.yml`), failuresOf(rule.replace(/ .*/, ''))).toMatch(
        /^ +case-\d+\.yml\n +SUCCESS\s*$/,
      );
    },
  );
});

describe('an alert', () => {
  it.each(alerts.map((alert) => ({ alert, title: titleOf(alert) })))(
    '$title says how bad it is, whose it is, and what to read',
    ({ alert }) => {
      expect(alert.labels).toMatchObject({
        severity: expect.stringMatching(/^(critical|warning)$/),
        team: expect.stringMatching(/^(backend|sre|payments|invoice)$/),
        escalate: expect.stringMatching(/^(none|platform|lead|manager|cto)$/),
      });
      const page = /^https:\/\/docs\.internal\/runbooks\/([\w-]+\.md)$/.exec(
        alert.annotations['runbook_url'] ?? '',
      )?.[1];
      // Who is called searches for the word that woke them.
      const path = join(root, 'docs', 'runbooks', page ?? 'none');
      expect(existsSync(path) && readFileSync(path, 'utf8').includes(`\`${alert.alert}\``), page).toBe(true);
      const board = /^https:\/\/grafana\.internal\/d\/nx-([\w-]+)$/.exec(alert.annotations['dashboard_url'] ?? '')?.[1];
      expect(existsSync(join(folder, 'dashboards', `${board ?? 'none'}.json`))).toBe(true);
    },
  );
});

/** Durations by alert as the guide's table says them; a row without a name belongs to the one above. */
const durationsOfGuide = (): Map<string, Set<string>> => {
  const guide = readFileSync(join(root, 'docs', 'guides', 'alerts.md'), 'utf8');
  const durations = new Map<string, Set<string>>();
  let name = '';
  for (const [, alert = '', , held = ''] of guide.matchAll(/^\| +(\w*) +\|([^|]+)\| +(–|\d+ (?:s|min)) +\|$/gm)) {
    if (alert !== '') name = alert;
    durations.set(name, (durations.get(name) ?? new Set()).add(held));
  }
  return durations;
};

describe('the guide', () => {
  it('says of every alert how long it has to hold', () => {
    const inRules = new Map<string, Set<string>>();
    for (const { alert, for: held } of alerts) {
      const said = held === undefined ? '–' : held.replace(/(\d+)m$/, '$1 min').replace(/(\d+)s$/, '$1 s');
      inRules.set(alert, (inRules.get(alert) ?? new Set()).add(said));
    }
    expect(Object.fromEntries(durationsOfGuide())).toEqual(Object.fromEntries(inRules));
  });

  it('names the metrics that rules record, and no others', () => {
    const guide = readFileSync(join(root, 'docs', 'guides', 'alerts.md'), 'utf8');
    const [known = ''] = /## What operators know by name[\s\S]*?(?=\n## )/.exec(guide) ?? [];
    const names = [...known.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(names.toSorted()).toEqual(recordings.map(({ record }) => record).toSorted());
  });
});

describe('prometheus.yml', () => {
  it('is well formed and reads the rules', async () => {
    const path = join(folder, 'prometheus.yml');
    expect(await runTool('check', 'config', '--syntax-only', path)).toMatchObject({ code: 0 });
  });
});
