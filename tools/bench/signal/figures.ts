import { fanOut, type FanOutResult } from './fan-out';
import { recordToClient } from './latency';
import { idleMemory, type MemoryResult } from './memory';
import { Site, type Subject } from './site';
import { resumeStorm } from './storm';
import { GOALS, type GoalKey } from '../goals';
import { median } from '../in-turns';
import { outcomeOf, type Outcome, type Sample } from '../outcome';

/** Names of the figures of signal; they need its servers. */
export const SIGNAL_FIGURES = ['signal fan-out', 'signal memory', 'signal latency', 'signal resume storm'] as const;
export type SignalFigure = (typeof SIGNAL_FIGURES)[number];

interface Subjects {
  readonly signal: Subject;
  readonly signalBySocketIo: Subject;
  readonly ws: Subject;
  readonly wsSealed: Subject;
  readonly socketIo: Subject;
  readonly socketIoSealed: Subject;
}

/** What the figures of signal came to: beside their goals, and all that was measured for them as Markdown. */
export interface SignalRun {
  readonly outcomes: readonly Outcome[];
  readonly details: string;
}

/** Measures what is asked for against a system of its own. */
export async function signalFigures(chosen: readonly SignalFigure[], quick: boolean): Promise<SignalRun> {
  const site = await Site.open((line) => process.stderr.write(`${line}\n`));
  try {
    const subjects: Subjects = {
      signal: await site.signal('plain'),
      signalBySocketIo: await site.signal('socket.io'),
      ws: await site.floor('ws'),
      wsSealed: await site.floor('ws-sealed'),
      socketIo: await site.floor('socket.io'),
      socketIoSealed: await site.floor('socket.io-sealed'),
    };
    const outcomes: Outcome[] = [];
    const details: string[] = [];
    for (const name of chosen) {
      process.stderr.write(`${name}\n`);
      const { samples, text } = await FIGURES[name](site, subjects, quick);
      details.push(text);
      for (const [key, sample] of samples) outcomes.push(outcomeOf(GOALS[key], sample));
    }
    return { outcomes, details: details.join('\n') };
  } finally {
    await site.close();
  }
}

interface Measured {
  readonly samples: readonly (readonly [GoalKey, Sample])[];
  readonly text: string;
}

type Measure = (site: Site, subjects: Subjects, quick: boolean) => Promise<Measured>;

const FIGURES: Readonly<Record<SignalFigure, Measure>> = {
  'signal fan-out': async (_site, subjects, quick) => {
    const { signal, ws, wsSealed, socketIo, socketIoSealed } = subjects;
    const all = [signal, ws, wsSealed, socketIo, socketIoSealed];
    const options = { sockets: quick ? 200 : 1_000, rounds: quick ? 3 : 9 };
    const alone = await fanOut(all, { ...options, messages: quick ? 10 : 20, atOnce: 1 });
    const together = await fanOut(all, { ...options, messages: quick ? 10 : 40, atOnce: 10 });
    const perCpuSecond = roundsOf(alone, ({ perCpuSecond: figure }) => figure);
    const what = 'deliveries per second of its processor';
    return {
      samples: [
        ['fanOut', perCpuSecond(what, ['signal', 'ws-sealed'])],
        ['fanOutSocketIo', perCpuSecond(what, ['signal', 'socket.io-sealed'])],
      ],
      text: [
        `Fan-out of 400 bytes to ${options.sockets} sockets, one message at a time:`,
        fanOutTable(alone).trimEnd(),
        'The same, ten messages at once, as they come from a busy bus:',
        fanOutTable(together),
      ].join('\n\n'),
    };
  },
  'signal memory': async (site, { signal, signalBySocketIo, ws, socketIo }, quick) => {
    const options = quick ? { connections: 300, rounds: 3 } : { connections: 700, rounds: 5 };
    const results = await idleMemory(site, [signal, ws, signalBySocketIo, socketIo], options);
    const resident = roundsOf(results, ({ residentBytes }) => residentBytes);
    const heap = roundsOf(results, ({ heapBytes }) => heapBytes);
    const what = 'bytes of a further connection';
    return {
      samples: [
        ['connectionResident', resident(what, ['signal', 'ws'])],
        ['connectionHeap', heap(what, ['signal', 'ws'])],
        ['socketIoResident', resident(what, ['signal by Socket.IO', 'socket.io'])],
      ],
      text: `Memory per idle connection, ${options.rounds} rounds of ${options.connections} further ones:\n\n${memoryTable(results)}`,
    };
  },
  'signal latency': async (site, { signal, ws }, quick) => {
    const result = await recordToClient(
      site,
      { signal, ws },
      quick ? { burst: 200, seconds: 2, rounds: 2 } : { burst: 2_000, seconds: 10, rounds: 5 },
    );
    const load = `${result.halfRate.toFixed(0)} of ${result.fullRate.toFixed(0)} records/s`;
    const rows = result.rounds.map(({ signal: ours, floor }, at) =>
      [at + 1, ours.p50.toFixed(1), ours.p99.toFixed(1), floor.p50.toFixed(1), floor.p99.toFixed(1)].map(String),
    );
    const head = ['Round', 'signal p50 ms', 'p99 ms', 'bare consumer, insert, publish, ws: p50 ms', 'p99 ms'];
    return {
      samples: [
        [
          'recordToClient',
          { names: [`p99 at half load (${load})`], figures: [result.rounds.map(({ signal: ours }) => ours.p99)] },
        ],
      ],
      text: `Kafka record to opened push at half load (${load}), each round beside a bare consumer of the same records:\n\n${markdown(head, rows)}`,
    };
  },
  'signal resume storm': async (site, { signal }, quick) => {
    const { clients, seconds, queriesPerClient } = await resumeStorm(site, signal, quick ? 500 : 5_000);
    const rate = `${clients} clients in ${seconds.toFixed(1)} s, each with two notifications missed`;
    return {
      samples: [['resumeStorm', { names: [rate], figures: [[queriesPerClient]] }]],
      text: `Clients that come back at once: ${rate}, ${(clients / seconds).toFixed(0)}/s, ${queriesPerClient.toFixed(3)} transactions for each.\n`,
    };
  },
};

/** Picks one figure of each round, of the subject and its floors. */
function roundsOf<T>(
  results: readonly { readonly name: string; readonly rounds: readonly T[] }[],
  figure: (round: T) => number,
) {
  const of = (name: string): number[] => results.find((result) => result.name === name)?.rounds.map(figure) ?? [];
  return (what: string, names: readonly string[]): Sample => ({
    names: [what, ...names.slice(1)],
    figures: names.map(of),
  });
}

/** Ratios are taken within a round: whatever else the machine did met both. */
function fanOutTable(results: readonly FanOutResult[]): string {
  const [signal] = results;
  const rows = results.map(({ name, rounds }) => {
    const ratios = rounds.map((round, at) => (signal?.rounds[at]?.perCpuSecond ?? Number.NaN) / round.perCpuSecond);
    const sorted = ratios.toSorted((left, right) => left - right);
    return [
      name,
      thousands(median(rounds.map(({ perCpuSecond }) => perCpuSecond))),
      thousands(median(rounds.map(({ perSecond }) => perSecond))),
      median(ratios).toFixed(2),
      `${(sorted[0] ?? Number.NaN).toFixed(2)} to ${(sorted.at(-1) ?? Number.NaN).toFixed(2)}`,
    ];
  });
  const head = [
    'Server',
    'deliveries per second of its processor',
    'by the clock',
    'signal beside it',
    'lowest to highest',
  ];
  return markdown(head, rows);
}

/** Ratios are taken within a round: of each dialect beside the library that carries it. */
function memoryTable(results: readonly MemoryResult[]): string {
  const bytes = (value: number): string => `${value.toFixed(0)} B`;
  const rows = results.map(({ name, rounds }) => {
    const carrier = name.toLowerCase().includes('socket.io') ? 'socket.io' : 'ws';
    const floor = results.find((result) => result.name === carrier);
    const ratioOf = (key: 'heapBytes' | 'residentBytes'): string =>
      median(rounds.map((round, at) => round[key] / (floor?.rounds[at]?.[key] ?? Number.NaN))).toFixed(2);
    return [
      name,
      bytes(median(rounds.map(({ heapBytes }) => heapBytes))),
      ratioOf('heapBytes'),
      bytes(median(rounds.map(({ residentBytes }) => residentBytes))),
      ratioOf('residentBytes'),
    ];
  });
  return markdown(['Server', 'heap and buffers', 'of its library', 'resident', 'of its library'], rows);
}

const thousands = (value: number): string => `${(value / 1000).toFixed(1)} k`;

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
