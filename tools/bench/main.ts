import { measure } from './measure';
import type { Benchmark, Figure } from './benchmark';
import { BENCHMARKS as crypto } from './micro/crypto';
import { benchmarks as eInvoice } from './micro/e-invoice';
import { BENCHMARKS as gateway } from './micro/gateway';
import { BENCHMARKS as qrMms } from './micro/qr-mms';
import { BENCHMARKS as snowflake } from './micro/snowflake';
import { COST_NAME, measureCost, type Cost } from './money/cost';
import { MONEY_MEASUREMENTS, moneyOutcomes } from './money/money-figures';
import { costTable } from './report/cost-table';
import { goalTable } from './report/goal-table';
import { describeMachine } from './report/machine';
import { writeReport } from './report/page';
import { wholeParts } from './report/whole-parts';
import { SIGNAL_FIGURES, signalFigures } from './signal/figures';
import { table } from './table';

const usage = (names: readonly string[]): string => `usage: npm run bench [-- [name ...] [--quick] [--json] [--write]]
  Measures the paths of money, the building blocks and signal beside the least that any implementation has to do, in
  turns in one run. A name is a part of a figure's name ("money", "signal" and "crypto" are many); without one all run.
  --quick  few and short rounds, rough figures
  --json   the figures as JSON on the standard output
  --write  writes the parts that were measured whole into docs/generated/bench.md, and its picture; a whole run that is not
           quick does so
  Paths of money and signal start systems of their own: PostgreSQL, Redis, Kafka, sandbox and services.
  ${names.join(', ')}`;

/** Measures what is asked for. Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const wanted = args.filter((arg) => !arg.startsWith('--')).map((arg) => arg.toLowerCase());
  const blocks = [...qrMms, ...gateway, ...crypto, ...snowflake, ...(await eInvoice())];
  const isWanted = (name: string): boolean =>
    wanted.length === 0 || wanted.some((part) => name.toLowerCase().includes(part));
  const chosen = {
    money: MONEY_MEASUREMENTS.filter(({ name }) => isWanted(name)),
    blocks: blocks.filter(({ name }) => isWanted(name)),
    cost: [COST_NAME].filter(isWanted),
    signal: SIGNAL_FIGURES.filter(isWanted),
  };
  const nothing = Object.values(chosen).every((part) => part.length === 0);
  if (args.includes('--help') || nothing) {
    const names = [...MONEY_MEASUREMENTS, ...blocks].map(({ name }) => name);
    const complaint = nothing ? `no benchmark is called ${wanted.join(', ')}\n` : '';
    process.stderr.write(`${complaint}${usage([...names, COST_NAME, ...SIGNAL_FIGURES])}\n`);
    return nothing ? 2 : 0;
  }
  const quick = args.includes('--quick');
  const machine = await describeMachine();
  const { outcomes: money, broken } = await moneyOutcomes(chosen.money, quick);
  const measured = chosen.money.length - broken.length;
  const cost = chosen.cost.length === 0 ? undefined : await costOf(quick, broken);
  const figures = await blockFigures(chosen.blocks, quick);
  const signalRun = chosen.signal.length === 0 ? undefined : await signalFigures(chosen.signal, quick);
  const signal = signalRun === undefined ? '' : `${goalTable(signalRun.outcomes)}\n${signalRun.details}`;
  const costs = cost === undefined ? '' : costTable(cost);
  const parts = [money.length === 0 ? '' : goalTable(money), costs, figures.length === 0 ? '' : table(figures), signal];
  process.stdout.write(
    args.includes('--json')
      ? `${JSON.stringify({ machine, money, cost, blocks: figures, signal: signalRun?.outcomes }, null, 2)}\n`
      : `${machine}\n\n${parts.filter((part) => part !== '').join('\n')}`,
  );
  if (args.includes('--write') || (wanted.length === 0 && !quick && broken.length === 0)) {
    const { whole, unwritten } = wholeParts([
      { part: 'money', measured, all: MONEY_MEASUREMENTS.length },
      { part: 'blocks', measured: figures.length, all: blocks.length },
      { part: 'signal', measured: chosen.signal.length, all: SIGNAL_FIGURES.length },
    ]);
    const report = {
      machine,
      measuredAt: new Date().toISOString(),
      money: whole.has('money') ? money : [],
      costs,
      blocks: whole.has('blocks') ? table(figures) : '',
      signal: whole.has('signal') ? signal : '',
    };
    const written = writeReport(report);
    process.stderr.write(`wrote ${written.join(', ')}\n`);
    for (const line of unwritten) process.stderr.write(`${line}\n`);
  }
  for (const line of broken) process.stderr.write(`not measured: ${line}\n`);
  return broken.length === 0 ? 0 : 1;
}

async function costOf(quick: boolean, broken: string[]): Promise<Cost | undefined> {
  process.stderr.write(`${COST_NAME}\n`);
  try {
    return await measureCost(quick, (line) => process.stderr.write(`  ${line}\n`));
  } catch (error) {
    broken.push(`${COST_NAME}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function blockFigures(chosen: readonly Benchmark[], quick: boolean): Promise<Figure[]> {
  const options = quick ? { rounds: 3, timeMs: 50 } : { rounds: 9, timeMs: 300 };
  const figures: Figure[] = [];
  for (const [index, benchmark] of chosen.entries()) {
    process.stderr.write(`${index + 1}/${chosen.length} ${benchmark.name}\n`);
    figures.push(await measure(benchmark, options));
  }
  return figures;
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
