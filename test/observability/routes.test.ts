import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ensurePrometheusTool } from '../../tools/infra/prometheus.mjs';
import { alerts, folder, titleOf, type Alert } from './rule-files';

const configuration = join(folder, 'alertmanager.yml');
let amtool = '';
beforeAll(async () => {
  amtool = await ensurePrometheusTool('amtool', (line) => void process.stdout.write(`${line}\n`));
}, 300_000);

const runTool = (...args: string[]): Promise<{ code: number; output: string }> =>
  new Promise((resolve) => {
    execFile(amtool, args, (error, stdout) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout }),
    );
  });

const receiversOf = async ({ alert, labels }: Alert): Promise<string> => {
  const set = Object.entries({ alertname: alert, ...labels }).map(([name, value]) => `${name}=${value}`);
  return (await runTool('config', 'routes', 'test', `--config.file=${configuration}`, ...set)).output.trim();
};

/** Who is told, by the rule's labels alone. */
const expectedOf = ({ labels }: Alert): string => {
  if (labels['escalate'] === 'none') return 'maintenance';
  if (labels['severity'] === 'critical') return 'pager';
  return /^(payments|invoice)$/.test(labels['team'] ?? '') ? 'payments-support' : 'payments-alerts';
};

describe('alertmanager.yml', () => {
  it('is well formed', async () => {
    expect(await runTool('check-config', configuration)).toMatchObject({ code: 0 });
  });

  it('has the channels that people know, and a pager that wakes', () => {
    const { receivers } = parse(readFileSync(configuration, 'utf8')) as {
      receivers: readonly {
        name: string;
        slack_configs: readonly { channel: string }[];
        pagerduty_configs?: object[];
      }[];
    };
    const channels = receivers.map(({ name, slack_configs: [slack] }) => [name, slack?.channel]);
    expect(channels).toEqual([
      ['pager', '#incident-response'],
      ['payments-support', '#payments-support'],
      ['payments-alerts', '#payments-alerts'],
      ['maintenance', '#maintenance'],
    ]);
    expect(receivers.filter(({ pagerduty_configs: pagers }) => pagers !== undefined)).toHaveLength(1);
  });

  it.each(alerts.map((alert) => ({ alert, title: titleOf(alert) })))(
    'tells the right people of $title',
    async ({ alert }) => {
      expect(await receiversOf(alert)).toBe(expectedOf(alert));
    },
  );
});
