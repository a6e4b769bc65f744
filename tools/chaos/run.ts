import { randomBytes } from 'node:crypto';
import { closeTheDay } from './closing-time';
import { Customer } from './customer';
import { judge, verdictOf, type Verdict } from './oracle/judge';
import { broken } from './oracle/offence';
import { Oracle, unfinished } from './oracle/oracle';
import { verifyChains, whyOf } from './ops';
import { pause } from './pause';
import { makePlan, type FaultPlan, type Plan, type PlanOptions } from './plan';
import { openRecord, type DatabaseOfRecord } from './record';
import { Recovery } from './recovery';
import { keepListening, openShop, type Shop } from './shop';
import { openStage, type Stage } from './stage';
import { strike } from './strike';
import { waitForQuiet, type Quiet } from './quiet';

export interface RunOptions extends PlanOptions {
  readonly seed: string;
  readonly logFolder: string;
  readonly progress: Progress;
  readonly stop: AbortSignal;
  /** Called with everything still standing, when the verdict is there. */
  readonly afterwards?: (drill: Drill) => Promise<void>;
}

/** What a run tells while it goes on. */
export interface Progress {
  /** Something happened. */
  say(line: string): void;
  /** How things stand; each replaces the one before where that can be shown. */
  now(line: string): void;
}

export interface Injected {
  readonly plan: FaultPlan;
  readonly done: string;
  /** Undefined: the run ended before. */
  readonly recoveryMs: number | undefined;
}

export interface Report {
  readonly seed: string;
  readonly plan: Plan;
  readonly verdict: Verdict;
  readonly injected: readonly Injected[];
  /** How the sales went at the till, by what was said there. */
  readonly sales: Readonly<Record<string, number>>;
  readonly requests: number;
  readonly retries: number;
  readonly pushes: number;
  readonly quiet: Pick<Quiet, 'reached' | 'afterMs' | 'moving'>;
  /** Open, and rightly so. */
  readonly waiting: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  /** What `ops why` says of the offending payments. */
  readonly why: Readonly<Record<string, string>>;
  readonly logFolder: string;
}

/** Everything of a run that stands. */
export interface Drill {
  readonly stage: Stage;
  readonly shop: Shop;
  readonly record: DatabaseOfRecord;
  readonly oracle: Oracle;
}

/** Tills go on trying for so long after the last sale. */
const TILL_PATIENCE_MS = 40_000;
const QUIET_PATIENCE_MS = 150_000;
const QUIET_MOST_MS = 600_000;
const MOST_REASONS = 8;

/** One run from the first server to the verdict. Throws when it cannot be made; ends everything it started. */
export async function runDrill(options: RunOptions): Promise<Report> {
  const { seed, replicas, logFolder, progress, stop } = options;
  const plan = makePlan(seed, options);
  progress.say(
    `seed ${seed}: ${plan.sales.length} sales and ${plan.faults.length} faults in ${plan.lastsMs / 1_000} s`,
  );
  const stage = await openStage({ seed, replicas, logFolder, log: progress.say, stop });
  let record: DatabaseOfRecord | undefined;
  try {
    record = await openRecord(stage.servers.postgresUrl, randomBytes(16).toString('hex'));
    let endsAt = Number.POSITIVE_INFINITY;
    const shop = await openShop({ urls: stage.urls, givesUpAt: () => endsAt, stop });
    progress.say('the shop is open');
    endsAt = Date.now() + plan.lastsMs + TILL_PATIENCE_MS;
    const recipients = Object.values(shop.merchant.staff).map(({ userId }) => userId);
    const oracle = new Oracle(shop.sandbox, record, recipients);
    return await drive({ stage, shop, record, oracle }, plan, options);
  } finally {
    await record?.close();
    await stage.close();
  }
}

async function drive(drill: Drill, plan: Plan, options: RunOptions): Promise<Report> {
  const { stage, shop, record, oracle } = drill;
  const { progress, stop } = options;
  const over = new AbortController();
  const both = AbortSignal.any([stop, over.signal]);
  const recovery = new Recovery(stage.monitor, record, both);
  const signals = stage.system.processes.filter(({ service }) => service === 'signal').map(({ url }) => url);
  const pushes = await keepListening(shop, signals, both);
  const traffic = new Traffic(drill, plan, recovery, options);
  await traffic.run();
  stop.throwIfAborted();
  progress.say('the shop is closed; waiting for quiet');
  const quiet = await waitForQuiet({
    oracle,
    postgresUrl: stage.servers.postgresUrl,
    patienceMs: QUIET_PATIENCE_MS,
    mostMs: QUIET_MOST_MS,
    stop,
    say: (what) => progress.now(`waiting for ${what}`),
    tidyUp: () => closeTheDay(shop),
  });
  over.abort();
  await recovery.close();
  stop.throwIfAborted();
  const verdict = await finalVerdict(drill, quiet);
  const report: Report = {
    seed: options.seed,
    plan,
    verdict,
    injected: traffic.injected.map(({ plan: fault, done }) => {
      return { plan: fault, done, recoveryMs: recovery.times.get(fault.number) };
    }),
    sales: traffic.sales,
    ...shop.counts,
    pushes: pushes(),
    quiet: { reached: quiet.reached, afterMs: quiet.afterMs, moving: quiet.moving },
    waiting: unfinished(quiet.world).waiting,
    counts: countsOf(quiet),
    why: await reasons(drill, verdict),
    logFolder: options.logFolder,
  };
  await options.afterwards?.(drill);
  return report;
}

/** What the oracle says, what did not come to rest, and whether the hash chains verify. */
async function finalVerdict({ stage }: Drill, quiet: Quiet): Promise<Verdict> {
  const { offences } = judge(quiet.world);
  const chains = await verifyChains(stage);
  const moving = quiet.reached ? [] : unfinished(quiet.world).moving;
  return verdictOf([
    ...offences,
    ...moving.map((what) => broken('quiet', `did not come to rest: ${what}`)),
    ...(chains === undefined ? [] : [broken('ledger', `the hash chains do not verify: ${chains}`)]),
  ]);
}

async function reasons({ stage }: Drill, { offences }: Verdict): Promise<Record<string, string>> {
  const payments = new Set(offences.flatMap(({ payment }) => (payment === undefined ? [] : [payment])));
  const why: Record<string, string> = {};
  for (const payment of [...payments].slice(0, MOST_REASONS)) why[payment] = await whyOf(stage, payment);
  return why;
}

function countsOf({ world: { truth, records } }: Quiet): Record<string, number> {
  return {
    orders: truth.orders.length,
    transactions: records.transactions.length,
    settled: records.transactions.filter(({ settled }) => settled).length,
    charges: truth.charges.length,
    refunds: truth.refunds.length,
    invoices: truth.invoices.length,
    journals: records.journals.length,
    notifications: records.notifications.length,
    'refunds without proof': records.refunds.filter(({ status }) => status === 'UNKNOWN').length,
  };
}

/** Sales and faults by the plan's clock. */
class Traffic {
  readonly injected: { plan: FaultPlan; done: string }[] = [];
  readonly sales: Record<string, number> = {};
  private selling = 0;
  private readonly begin = Date.now();

  constructor(
    private readonly drill: Drill,
    private readonly plan: Plan,
    private readonly recovery: Recovery,
    private readonly options: RunOptions,
  ) {}

  /** Resolves when the last sale's people have gone and the last fault is mended. */
  async run(): Promise<void> {
    const { sales, faults, taxChanges } = this.plan;
    await Promise.all([
      ...sales.map((sale) =>
        this.at(sale.atMs, () => this.sell(new Customer(sale, this.drill.shop, this.options.stop))),
      ),
      ...faults.map((fault) => this.at(fault.atMs, () => this.break(fault))),
      ...taxChanges.map(({ atMs, address }) => this.at(atMs, () => this.move(address))),
    ]);
  }

  private async at(ms: number, act: () => Promise<void>): Promise<void> {
    const { stop } = this.options;
    await pause(this.begin + ms - Date.now(), stop);
    if (!stop.aborted) await act();
  }

  private async sell(customer: Customer): Promise<void> {
    this.selling += 1;
    const outcome = await customer.run();
    this.selling -= 1;
    this.sales[outcome] = (this.sales[outcome] ?? 0) + 1;
    this.show();
  }

  private async break(fault: FaultPlan): Promise<void> {
    const { stage, shop } = this.drill;
    const { progress, stop } = this.options;
    const done = await strike(fault, stage, shop, stop).catch((error: unknown) => `failed: ${String(error)}`);
    this.injected.push({ plan: fault, done });
    this.recovery.mended(fault.number, stage.system.process(fault.target)?.name);
    progress.say(`${seconds(Date.now() - this.begin)}  fault ${fault.number} ${fault.kind}: ${done}`);
  }

  private async move(address: string): Promise<void> {
    const { sandbox, merchant } = this.drill.shop;
    await sandbox
      .call('PATCH', `/commerce/merchants/${merchant.merchantId}`, { tax: { address } })
      .catch(() => undefined);
  }

  private show(): void {
    const { stage } = this.drill;
    const done = Object.values(this.sales).reduce((sum, count) => sum + count, 0);
    const down = stage.monitor.down;
    const state = down.length === 0 ? 'all ready' : `down: ${down.join(', ')}`;
    this.options.progress.now(
      `${seconds(Date.now() - this.begin)} of ${seconds(this.plan.lastsMs)}  sales ${done} + ${this.selling} under way · ` +
        `faults ${this.injected.length} of ${this.plan.faults.length} · ${state}`,
    );
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(0).padStart(3)} s`;
