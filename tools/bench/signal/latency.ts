import type { Site, Subject } from './site';

export interface LatencyResult {
  /** Records per second that signal takes when they all wait at once. */
  readonly fullRate: number;
  readonly halfRate: number;
  readonly records: number;
  /** From the record on its way to Kafka to the opened push, ms. */
  readonly p50: number;
  readonly p99: number;
}

const USERS = Array.from({ length: 50 }, (_user, index) => `latency-${index}`);
const TICK_MS = 20;

const nowMs = (): number => performance.timeOrigin + performance.now();

interface Created {
  readonly notification?: { readonly data: { readonly sentAtMs?: number } };
}

/** One record makes one notification for one client: first as fast as it goes, then at half of that rate. */
export async function recordToClient(
  site: Site,
  signal: Subject,
  { burst, seconds }: { burst: number; seconds: number },
): Promise<LatencyResult> {
  const latencies: number[] = [];
  const crowd = signal.crowd(({ data }) => {
    const sentAtMs = (data as Created).notification?.data.sentAtMs;
    if (sentAtMs !== undefined) latencies.push(nowMs() - sentAtMs);
  }, USERS);
  await crowd.connect(USERS.length);
  let said = 0;
  const send = (count: number): Promise<void> =>
    site.notify(
      Array.from({ length: count }, () => [USERS[(said += 1) % USERS.length] ?? '']),
      { sentAtMs: nowMs() },
    );
  // The compiler's share.
  await send(burst / 4);
  await crowd.until(burst / 4);

  crowd.frames = 0;
  const begin = performance.now();
  await send(burst);
  await crowd.until(burst);
  const fullRate = burst / ((performance.now() - begin) / 1000);

  crowd.frames = 0;
  latencies.length = 0;
  const halfRate = fullRate / 2;
  const records = Math.round(halfRate * seconds);
  const start = performance.now();
  const sends: Promise<void>[] = [];
  for (let done = 0; done < records;) {
    const due = Math.min(records, Math.round(((performance.now() - start) / 1000) * halfRate));
    if (due > done) sends.push(send(due - done));
    done = Math.max(done, due);
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(sends);
  await crowd.until(records);
  await crowd.close();
  const sorted = latencies.toSorted((left, right) => left - right);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { fullRate, halfRate, records, p50: at(0.5), p99: at(0.99) };
}
