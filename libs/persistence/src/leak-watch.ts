interface Held {
  readonly since: number;
  readonly what: string;
  reported: boolean;
}

/** Reports connections that were taken and not given back in time: the usual cause of a pool that runs dry. */
export class LeakWatch {
  private readonly held = new Set<Held>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly limitMs: number,
    private readonly report: (what: string, heldMs: number) => void,
  ) {
    this.timer = setInterval(() => this.scan(), Math.max(10, Math.floor(limitMs / 4)));
    this.timer.unref();
  }

  /** Notes that a connection is held; the returned function notes its return. */
  take(what: string): () => void {
    const entry: Held = { since: performance.now(), what, reported: false };
    this.held.add(entry);
    return () => {
      this.held.delete(entry);
    };
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private scan(): void {
    const now = performance.now();
    for (const entry of this.held) {
      if (entry.reported || now - entry.since < this.limitMs) continue;
      entry.reported = true;
      this.report(entry.what, Math.round(now - entry.since));
    }
  }
}
