import type { Crowd } from './clients';
import type { Site, Subject } from './site';

export interface LatencyResult {
  /** Records per second that signal takes when they all wait at once. */
  readonly fullRate: number;
  readonly halfRate: number;
  /** From the record on its way to Kafka to the opened push, ms; of the floor, the same records to its own client. */
  readonly rounds: readonly { readonly signal: Latencies; readonly floor: Latencies }[];
}

export interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

const USERS = Array.from({ length: 50 }, (_user, index) => `latency-${index}`);
const TICK_MS = 20;

const nowMs = (): number => performance.timeOrigin + performance.now();

interface Created {
  readonly notification?: { readonly data: { readonly sentAtMs?: number } };
}

/**
 * One record makes one notification for one client: first as fast as it goes, then at half of that rate. A bare consumer
 * reads the same records beside signal, so that what the machine, the broker and the database do meets both.
 */
export async function recordToClient(
  site: Site,
  { signal, ws }: { signal: Subject; ws: Subject },
  { burst, seconds, rounds }: { burst: number; seconds: number; rounds: number },
): Promise<LatencyResult> {
  await site.floorConsumer('ws');
  const [ours, bare] = [listen(signal, USERS), listen(ws)];
  await ours.crowd.connect(USERS.length);
  await bare.crowd.connect(1);
  let said = 0;
  const send = (count: number): Promise<void> =>
    site.notify(
      Array.from({ length: count }, () => [USERS[(said += 1) % USERS.length] ?? '']),
      { sentAtMs: nowMs() },
    );
  const until = async (count: number): Promise<{ signal: Latencies; floor: Latencies }> => {
    await Promise.all([ours.crowd.until(count), bare.crowd.until(count)]);
    const came = { signal: shares(ours.latencies), floor: shares(bare.latencies) };
    for (const { crowd, latencies } of [ours, bare]) {
      crowd.frames = 0;
      latencies.length = 0;
    }
    return came;
  };
  // The compiler's share.
  await send(burst / 4);
  await until(burst / 4);

  const begin = performance.now();
  await send(burst);
  await ours.crowd.until(burst);
  const fullRate = burst / ((performance.now() - begin) / 1000);
  await until(burst);

  const halfRate = fullRate / 2;
  const records = Math.round(halfRate * seconds);
  const results: { signal: Latencies; floor: Latencies }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await steadily(records, halfRate, send);
    results.push(await until(records));
  }
  await Promise.all([ours.crowd.close(), bare.crowd.close()]);
  return { fullRate, halfRate, rounds: results };
}

/** Sockets that note when a record has come. */
function listen(subject: Subject, users?: readonly string[]): { crowd: Crowd; latencies: number[] } {
  const latencies: number[] = [];
  const crowd = subject.crowd(({ data }) => {
    const sentAtMs = (data as Created).notification?.data.sentAtMs;
    if (sentAtMs !== undefined) latencies.push(nowMs() - sentAtMs);
  }, users);
  return { crowd, latencies };
}

async function steadily(records: number, perSecond: number, send: (count: number) => Promise<void>): Promise<void> {
  const start = performance.now();
  const sends: Promise<void>[] = [];
  for (let done = 0; done < records;) {
    const due = Math.min(records, Math.round(((performance.now() - start) / 1000) * perSecond));
    if (due > done) sends.push(send(due - done));
    done = Math.max(done, due);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(sends);
}

function shares(latencies: readonly number[]): Latencies {
  const sorted = latencies.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
