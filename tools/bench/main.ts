import { measure } from './measure';
import type { Benchmark, Figure } from './benchmark';
import { BENCHMARKS as crypto } from './micro/crypto';
import { benchmarks as eInvoice } from './micro/e-invoice';
import { BENCHMARKS as gateway } from './micro/gateway';
import { BENCHMARKS as qrMms } from './micro/qr-mms';
import { BENCHMARKS as snowflake } from './micro/snowflake';
import { SIGNAL_FIGURES, signalFigures } from './signal/figures';
import { table } from './table';

const usage = (all: readonly Benchmark[]): string => `usage: npm run bench [-- [name ...] [--quick] [--json]]
  Measures each building block beside the least that any implementation has to do, in turns in one run.
  A name is a part of a benchmark's name; without one all run. --quick: short rounds, rough figures.
  The figures of signal start its servers and a system of their own: PostgreSQL, Redis, Kafka, sandbox, signal.
  ${[...all.map(({ name }) => name), ...SIGNAL_FIGURES].join(', ')}`;

/** Measures what is asked for. Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const wanted = args.filter((arg) => !arg.startsWith('--')).map((arg) => arg.toLowerCase());
  const all = [...qrMms, ...gateway, ...crypto, ...snowflake, ...(await eInvoice())];
  const isWanted = (name: string): boolean =>
    wanted.length === 0 || wanted.some((part) => name.toLowerCase().includes(part));
  const chosen = all.filter(({ name }) => isWanted(name));
  const ofSignal = SIGNAL_FIGURES.filter(isWanted);
  const nothing = chosen.length + ofSignal.length === 0;
  if (args.includes('--help') || nothing) {
    process.stderr.write(`${nothing ? `no benchmark is called ${wanted.join(', ')}\n` : ''}${usage(all)}\n`);
    return nothing ? 2 : 0;
  }
  const options = args.includes('--quick') ? { rounds: 3, timeMs: 50 } : { rounds: 9, timeMs: 300 };
  const figures: Figure[] = [];
  for (const [index, benchmark] of chosen.entries()) {
    process.stderr.write(`${index + 1}/${chosen.length} ${benchmark.name}\n`);
    figures.push(await measure(benchmark, options));
  }
  if (figures.length > 0)
    process.stdout.write(args.includes('--json') ? `${JSON.stringify(figures, null, 2)}\n` : table(figures));
  if (ofSignal.length > 0) process.stdout.write(`\n${await signalFigures(ofSignal, args.includes('--quick'))}`);
  return 0;
}

void main(process.argv.slice(2)).then((code) => (process.exitCode = code));
