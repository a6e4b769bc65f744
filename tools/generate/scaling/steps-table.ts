import { table } from '../markdown';
import type { BenchFigures } from './bench-figures';
import { connectionsAtMost } from './limits-table';
import type { ManifestLimits } from './manifest-limits';
import { ASSUMED, planOf, SECONDS_PER_MONTH, type Plan } from './plan';
import { figure, large, storage } from './wording';

const CELL = 1000;
const COUNTRY = 100_000;

const podsOf = ({ pods }: Plan): string => [...pods].map(([name, count]) => `${count} \`${name}\``).join(', ');

function connectionsOf(plan: Plan, limits: ManifestLimits): string {
  const pools = [...plan.pods].reduce(
    (sum, [name, count]) => sum + count * (limits.deployments.get(name)?.pool ?? 0),
    0,
  );
  const most = connectionsAtMost(limits);
  return pools <= most
    ? `pools of ${pools}, at the scalers' most ${most}; the server takes ${limits.connections}`
    : `pools of ${pools}: PgBouncer in transaction mode makes 200 of them`;
}

const usd = ({ usdOfProcessors, usdOfSsd, usdOfArchive }: Plan): number => usdOfProcessors + usdOfSsd + usdOfArchive;

const money = (value: number): string => `${large(value)} USD, ${large(value * ASSUMED.vndPerUsd)} VND`;

const salesOf = (sales: number): number => sales * ASSUMED.averageShare * SECONDS_PER_MONTH;

/** What 10, 1,000 and 100,000 sales per second need: the last is so many of the second. */
export function stepsTable(bench: BenchFigures, limits: ManifestLimits): string {
  const shop = planOf(bench, 10, 90);
  const cell = planOf(bench, CELL, 30);
  const cells = COUNTRY / CELL;
  const each = 'the same in each cell';
  const row = (name: string, told: (plan: Plan) => string, all: string = each): readonly string[] => [
    name,
    told(shop),
    told(cell),
    all,
  ];
  const perSale = (plan: Plan): string => `${figure((usd(plan) * ASSUMED.vndPerUsd) / salesOf(plan.sales))} VND`;
  return table(
    ['', '10/s', '1,000/s', '100,000/s'],
    [
      [
        'Who that is',
        'a chain of a few hundred shops',
        'all large chains of a country',
        'every counter of a large country at noon',
      ],
      row('Sales per month', ({ sales }) => large(salesOf(sales)), large(salesOf(COUNTRY))),
      row('Processors that work at the peak', ({ working }) => figure(working), figure(cell.working * cells)),
      row('Pods', podsOf, `${cells} cells of the column to the left`),
      row(
        'PostgreSQL',
        ({ primary }) =>
          primary === undefined ? 'no server is large enough' : `primary and 2 standbys, ${primary} processors each`,
        `${cells} of those`,
      ),
      row('Connections', (plan) => connectionsOf(plan, limits)),
      [
        'Outbox, Kafka',
        `${10 * ASSUMED.recordsOfASale} records/s, 6 partitions`,
        `${figure(CELL * ASSUMED.recordsOfASale)} records/s, 24 partitions, 3 brokers of 8 processors`,
        `${figure(COUNTRY * ASSUMED.recordsOfASale)} records/s, 3 brokers in each cell`,
      ],
      ['Issuance partitions', '3', '24 (`npm run ops -- repartition`)', '24 in each cell'],
      row('Redis, half busy', ({ redis }) =>
        redis === 1 ? 'one' : `${redis} nodes: cache and bus one each, the queues a cluster of the rest`,
      ),
      row('Written by the log', ({ logMbPerSecond }) => `${figure(logMbPerSecond)} MB/s`),
      row('Rows per day', ({ rowsGbPerDay }) => storage(rowsGbPerDay), storage(cell.rowsGbPerDay * cells)),
      row(
        'Kept on SSD, three copies',
        ({ ssdDays, ssdGb }) => `${ssdDays} days: ${storage(ssdGb)}`,
        `30 days: ${storage(cell.ssdGb * cells)}`,
      ),
      row(
        'Money per month: processors · SSD · archive of a year',
        (plan) => `${figure(plan.usdOfProcessors)} · ${figure(plan.usdOfSsd)} · ${figure(plan.usdOfArchive)} USD`,
      ),
      row('Together', (plan) => money(usd(plan)), money(usd(cell) * cells)),
      row('Money per sale', perSale, perSale(cell)),
    ],
  );
}
