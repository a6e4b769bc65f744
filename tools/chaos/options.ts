import { parseArgs } from 'node:util';
import { FAULT_KINDS, FAULT_NAMES, isFaultKind, type FaultKind } from './fault-kinds';

export interface ChaosOptions {
  /** One run for each. */
  readonly seeds: readonly string[];
  /** How long the traffic lasts. */
  readonly minutes: number;
  readonly faults: readonly FaultKind[];
  readonly json: boolean;
  /** Of each process. */
  readonly replicas: number;
}

/** A command line that cannot be understood; the message names the option and what it takes. */
export class UsageError extends Error {}

const kinds = FAULT_NAMES.map((name) => `    ${name.padEnd(14)} ${FAULT_KINDS[name]}`).join('\n');

export const USAGE = `usage: npm run chaos [-- [--minutes 1] [--seed text] [--seeds a,b,c] [--replicas 2] [--fault kind,kind] [--json]]
  Starts the whole system on private servers, sells, breaks things, waits for quiet and judges:
  nothing lost, nothing doubled, every đồng explained. The exit code is 0 when it is so.

  --minutes   how long there is traffic, 0.25 to 240 (default 1)
  --seed      what the run is made from; the same seed makes the same plan (default: a new one, printed)
  --seeds     several runs, one after the other
  --replicas  of each process, 2 or 3 (default 2)
  --fault     only these kinds, comma separated; none = traffic alone:
${kinds}
  --json      the report for machines on stdout; progress goes to stderr`;

/** Throws `UsageError`. `freshSeed` is taken when none is given. */
export function parseOptions(args: readonly string[], freshSeed: () => string): ChaosOptions {
  const values = readValues(args);
  if (values.seed !== undefined && values.seeds !== undefined)
    throw new UsageError('--seed and --seeds exclude each other: give one of them');
  const seeds = values.seeds === undefined ? [values.seed ?? freshSeed()] : values.seeds.split(',');
  for (const seed of seeds) {
    if (!/^[A-Za-z0-9._-]{1,40}$/.test(seed))
      throw new UsageError(`--seed takes 1 to 40 letters, digits, dots, dashes or underscores, not "${seed}"`);
  }
  if (new Set(seeds).size !== seeds.length) throw new UsageError('--seeds names one seed twice');
  return {
    seeds,
    minutes: number('--minutes', values.minutes ?? '1', 0.25, 240),
    replicas: number('--replicas', values.replicas ?? '2', 2, 3, true),
    faults: faultsOf(values.fault),
    json: values.json ?? false,
  };
}

function readValues(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const options = {
    seed: text,
    seeds: text,
    minutes: text,
    replicas: text,
    fault: text,
    json: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function number(name: string, given: string, least: number, most: number, whole = false): number {
  const value = given.trim() === '' ? NaN : Number(given);
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value)))
    throw new UsageError(`${name} takes a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not "${given}"`);
  return value;
}

function faultsOf(given: string | undefined): FaultKind[] {
  if (given === undefined) return FAULT_NAMES;
  if (given === 'none') return [];
  const names = given.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!isFaultKind(name))
      throw new UsageError(`--fault knows no "${name}"; it takes ${FAULT_NAMES.join(', ')}, or none`);
  }
  return FAULT_NAMES.filter((name) => names.includes(name));
}
