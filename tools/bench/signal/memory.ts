import type { Subject } from './site';

export interface MemoryResult {
  readonly name: string;
  /** Resident bytes of the server for each further idle connection. */
  readonly bytesPerConnection: number;
}

/** Resident memory of each server with some idle connections and with many more, garbage collected both times. */
export async function idleMemory(subjects: readonly Subject[], connections: number): Promise<MemoryResult[]> {
  const results: MemoryResult[] = [];
  for (const { name, inspector, crowd } of subjects) {
    const resident = async (): Promise<number> => {
      await inspector.collectGarbage();
      return (await inspector.usage()).rssBytes;
    };
    const idle = crowd();
    // What the first ones cost besides (compiled code, a grown heap) is no cost of a connection.
    await idle.connect(connections / 2);
    const before = await resident();
    await idle.connect(connections);
    const after = await resident();
    await idle.close();
    results.push({ name, bytesPerConnection: (after - before) / connections });
  }
  return results;
}
