import type { Site, Subject } from './site';
import type { Usage } from './inspector';

export interface MemoryResult {
  readonly name: string;
  /** What one further idle connection costs the server, one entry for each round. */
  readonly rounds: readonly { readonly heapBytes: number; readonly residentBytes: number }[];
}

/** Sockets before the first round: compiled code and a grown heap are no cost of a connection. */
const FIRST = 500;
/** What follows a connection besides (lists for operators, timers) has ended by then. */
const SETTLE_MS = 1_000;

/**
 * What each server holds for idle connections, garbage collected before and after. The subjects take turns, and each
 * round adds sockets to those of the rounds before, so that no round lives on memory that an earlier one has freed.
 * Every socket of signal has a user of its own, and every socket of all servers has said one heartbeat, as any client
 * has within half a minute: a library that still holds the frame holds it on both sides.
 */
export async function idleMemory(
  site: Site,
  subjects: readonly Subject[],
  { connections, rounds }: { connections: number; rounds: number },
): Promise<MemoryResult[]> {
  const users = Array.from({ length: FIRST + connections * rounds }, (_user, index) => `idle-user-${index}`);
  const tokens = new Map<string, string>();
  for (const user of users) tokens.set(user, await site.token(user));
  const measured = subjects.map(({ name, inspector, crowd }) => ({
    name,
    inspector,
    crowd: crowd(undefined, users, { tokens }),
    rounds: [] as { heapBytes: number; residentBytes: number }[],
  }));
  for (const { crowd } of measured) await crowd.connect(FIRST).then(() => crowd.beat());
  for (let round = 0; round < rounds; round += 1) {
    for (const { inspector, crowd, rounds: results } of measured) {
      const usage = async (): Promise<Usage> => {
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        await inspector.collectGarbage();
        return inspector.usage();
      };
      const before = await usage();
      await crowd.connect(connections);
      crowd.beat();
      const after = await usage();
      results.push({
        heapBytes: (after.heapBytes - before.heapBytes) / connections,
        residentBytes: (after.rssBytes - before.rssBytes) / connections,
      });
    }
  }
  for (const { crowd } of measured) await crowd.close();
  return measured.map(({ name, rounds: results }) => ({ name, rounds: results }));
}
