/**
 * How many partitions a queue has, as this process knows it now. `count` says where jobs go, `served` up to which
 * partition jobs are run: while the number changes both the old and the new partitions are served.
 */
export class Partitions {
  private readonly listeners = new Set<() => void>();
  private current: { readonly count: number; readonly served: number };

  /** Throws RangeError for a number below 1. */
  constructor(count: number) {
    this.current = checked(count, count);
  }

  get count(): number {
    return this.current.count;
  }

  get served(): number {
    return this.current.served;
  }

  /** Changes both at once and tells whoever serves. Throws RangeError for numbers that cannot be. */
  set(count: number, served: number): void {
    const { current } = this;
    this.current = checked(count, served);
    if (current.count === count && current.served === served) return;
    for (const listener of this.listeners) listener();
  }

  /** Calls the listener after each change; the answer ends that. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

function checked(count: number, served: number): { count: number; served: number } {
  if (!Number.isInteger(count) || !Number.isInteger(served) || count < 1 || served < count) {
    throw new RangeError(`a queue cannot have ${count} partitions of which ${served} are served`);
  }
  return { count, served };
}

/** A queue whose number of partitions can change while jobs run. */
export interface PartitionedQueue {
  readonly base: string;
  readonly partitions: Partitions;
}
