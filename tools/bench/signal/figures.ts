import { fanOut, type FanOutResult } from './fan-out';
import { recordToClient, type Latencies } from './latency';
import { idleMemory, type MemoryResult } from './memory';
import { Site, type Subject } from './site';
import { resumeStorm } from './storm';
import { median } from '../in-turns';

/** Names of the figures of signal; they need its servers. */
export const SIGNAL_FIGURES = ['signal fan-out', 'signal memory', 'signal latency', 'signal resume storm'] as const;
export type SignalFigure = (typeof SIGNAL_FIGURES)[number];

interface Subjects {
  readonly signal: Subject;
  readonly ws: Subject;
  readonly wsSealed: Subject;
  readonly socketIo: Subject;
  readonly socketIoSealed: Subject;
}

/** Measures what is asked for against a system of its own; the answer is Markdown. */
export async function signalFigures(chosen: readonly SignalFigure[], quick: boolean): Promise<string> {
  const site = await Site.open((line) => process.stderr.write(`${line}\n`));
  try {
    const subjects: Subjects = {
      signal: await site.signal(),
      ws: await site.floor('ws'),
      wsSealed: await site.floor('ws-sealed'),
      socketIo: await site.floor('socket.io'),
      socketIoSealed: await site.floor('socket.io-sealed'),
    };
    const parts: string[] = [];
    for (const name of chosen) {
      process.stderr.write(`${name}\n`);
      parts.push(await FIGURES[name](site, subjects, quick));
    }
    return parts.join('\n');
  } finally {
    await site.close();
  }
}

type Measure = (site: Site, subjects: Subjects, quick: boolean) => Promise<string>;

const FIGURES: Readonly<Record<SignalFigure, Measure>> = {
  'signal fan-out': async (_site, subjects, quick) => {
    const { signal, ws, wsSealed, socketIo, socketIoSealed } = subjects;
    const all = [signal, ws, wsSealed, socketIo, socketIoSealed];
    const options = { sockets: quick ? 200 : 1_000, rounds: quick ? 3 : 9 };
    const alone = await fanOut(all, { ...options, messages: quick ? 10 : 20, atOnce: 1 });
    const together = await fanOut(all, { ...options, messages: quick ? 10 : 40, atOnce: 10 });
    return [
      `Fan-out of 400 bytes to ${options.sockets} sockets, one message at a time. Goal: at least 0.85 of ws-sealed, above socket.io-sealed.`,
      fanOutTable(alone),
      'The same, ten messages at once, as they come from a busy bus:',
      fanOutTable(together),
    ].join('\n\n');
  },
  'signal memory': async (site, { signal, ws, wsSealed, socketIo }, quick) => {
    const options = quick ? { connections: 300, rounds: 3 } : { connections: 700, rounds: 5 };
    const results = await idleMemory(site, [signal, ws, wsSealed, socketIo], options);
    return `Memory per idle connection, ${options.rounds} rounds of ${options.connections} further ones. Goal: at most 1.15 of ws.\n\n${memoryTable(results)}`;
  },
  'signal latency': async (site, { signal, ws }, quick) => {
    const result = await recordToClient(
      site,
      { signal, ws },
      quick ? { burst: 200, seconds: 2 } : { burst: 2_000, seconds: 15 },
    );
    const load = `${result.halfRate.toFixed(0)} of ${result.fullRate.toFixed(0)} records/s, ${result.records} records`;
    const ratio = (key: keyof Latencies): string => (result.signal[key] / result.floor[key]).toFixed(2);
    const rows = [
      ['signal', result.signal.p50.toFixed(1), ratio('p50'), result.signal.p99.toFixed(1), ratio('p99')],
      ['bare consumer, insert, publish, ws', result.floor.p50.toFixed(1), '1', result.floor.p99.toFixed(1), '1'],
    ];
    const head = ['Server', 'p50 ms', 'of the bare one', 'p99 ms', 'of the bare one'];
    return `Kafka record to opened push at half load (${load}). Goal: p99 of at most 50 ms.\n\n${markdown(head, rows)}`;
  },
  'signal resume storm': async (site, { signal }, quick) => {
    const { clients, seconds, queriesPerClient } = await resumeStorm(site, signal, quick ? 500 : 5_000);
    const rows = [[String(clients), seconds.toFixed(1), (clients / seconds).toFixed(0), queriesPerClient.toFixed(3)]];
    const head = ['clients', 'seconds', 'clients/s', 'transactions per client'];
    return `Clients that come back at once, each with two notifications missed. Goal: no query per client.\n\n${markdown(head, rows)}`;
  },
};

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

/** Ratios are taken within a round. */
function memoryTable(results: readonly MemoryResult[]): string {
  const floor = results.find(({ name }) => name === 'ws');
  const bytes = (value: number): string => `${value.toFixed(0)} B`;
  const rows = results.map(({ name, rounds }) => {
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
  return markdown(['Server', 'heap and buffers', 'of ws', 'resident', 'of ws'], rows);
}

const thousands = (value: number): string => `${(value / 1000).toFixed(1)} k`;

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
