interface Blocked {
  attempts: number;
  detail: string;
  timer: NodeJS.Timeout | undefined;
}

/** Partitions that wait for the infrastructure, each with its own capped exponential backoff. */
export class BlockedPartitions {
  private readonly blocked = new Map<string, Blocked>();

  constructor(
    private readonly initialMs: number,
    private readonly maximumMs: number,
  ) {}

  /** Notes a failed try and calls `resume` after the backoff. Returns the pause in ms. */
  block(topic: string, partition: number, detail: string, resume: () => void): number {
    const key = `${topic}/${partition}`;
    const attempts = (this.blocked.get(key)?.attempts ?? 0) + 1;
    clearTimeout(this.blocked.get(key)?.timer);
    const delayMs = Math.min(this.maximumMs, this.initialMs * 2 ** Math.min(attempts - 1, 20));
    this.blocked.set(key, { attempts, detail, timer: setTimeout(resume, delayMs) });
    return delayMs;
  }

  /** A record of the partition came to its end. True when the partition had waited. */
  unblock(topic: string, partition: number): boolean {
    return this.forget(`${topic}/${partition}`);
  }

  /** Partitions that went to another member are its concern now. */
  keepOnly(assigned: Readonly<Record<string, readonly number[]>>): void {
    const kept = new Set(Object.entries(assigned).flatMap(([topic, list]) => list.map((id) => `${topic}/${id}`)));
    for (const key of [...this.blocked.keys()]) if (!kept.has(key)) this.forget(key);
  }

  clear(): void {
    for (const key of [...this.blocked.keys()]) this.forget(key);
  }

  /** One line for the operator; undefined when nothing waits. */
  describe(): string | undefined {
    if (this.blocked.size === 0) return undefined;
    return [...this.blocked]
      .map(([key, { attempts, detail }]) => `${key} waits (try ${attempts}): ${detail}`)
      .join('; ');
  }

  private forget(key: string): boolean {
    clearTimeout(this.blocked.get(key)?.timer);
    return this.blocked.delete(key);
  }
}
