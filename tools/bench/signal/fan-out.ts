import type { Crowd } from './clients';
import type { Subject } from './site';

/** How one server did in one round. */
export interface FanOutRound {
  /** Deliveries per second of the server's processor time: what else the machine does costs the others, not this. */
  readonly perCpuSecond: number;
  /** Deliveries per second by the clock, clients included. */
  readonly perSecond: number;
}

export interface FanOutOptions {
  readonly sockets: number;
  readonly messages: number;
  readonly rounds: number;
  /** Messages that are said together; the next ones follow when all sockets have got these. */
  readonly atOnce: number;
}

export interface FanOutResult {
  readonly name: string;
  readonly rounds: readonly FanOutRound[];
}

const EVENT = 'observation/payment/transaction/settled';
/** The text of a push is 400 bytes long. */
const DATA = 'x'.repeat(400 - JSON.stringify({ event: EVENT, data: '' }).length);

/** The same messages to the same number of sockets of each server, in turns; the order changes with every round. */
export async function fanOut(
  subjects: readonly Subject[],
  { sockets, messages, rounds, atOnce }: FanOutOptions,
): Promise<FanOutResult[]> {
  const crowds = new Map<string, Crowd>();
  for (const subject of subjects) {
    const crowd = subject.crowd();
    await crowd.connect(sockets);
    crowds.set(subject.name, crowd);
  }
  const results = subjects.map(({ name }) => ({ name, rounds: [] as FanOutRound[] }));
  // The first round is for the compiler alone.
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < subjects.length; turn += 1) {
      const at = (turn + Math.max(0, round)) % subjects.length;
      const [subject, result] = [subjects[at], results[at]];
      const crowd = crowds.get(subject?.name ?? '');
      if (subject === undefined || result === undefined || crowd === undefined) continue;
      const figures = await oneRound(subject, crowd, { sockets, messages, rounds, atOnce });
      if (round >= 0) result.rounds.push(figures);
    }
  }
  for (const crowd of crowds.values()) await crowd.close();
  return results;
}

async function oneRound(
  subject: Subject,
  crowd: Crowd,
  { sockets, messages, atOnce }: FanOutOptions,
): Promise<FanOutRound> {
  const before = await subject.inspector.usage();
  const begin = performance.now();
  crowd.frames = 0;
  for (let said = 0; said < messages; said += atOnce) {
    const count = Math.min(atOnce, messages - said);
    for (let index = 0; index < count; index += 1) void subject.say(EVENT, DATA);
    await crowd.until((said + count) * sockets);
  }
  const seconds = (performance.now() - begin) / 1000;
  const after = await subject.inspector.usage();
  const deliveries = messages * sockets;
  return {
    perSecond: deliveries / seconds,
    perCpuSecond: deliveries / ((after.cpuMicroseconds - before.cpuMicroseconds) / 1_000_000),
  };
}
