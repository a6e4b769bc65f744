import type { QueryConfig } from 'pg';

/** From this time on a text is worth a place in each connection; the default of pgjdbc's `prepareThreshold`. */
const OFTEN = 5;
/** Names for the life of the process: a connection never gives a prepared statement back. */
const MOST_NAMES = 256;
/** Texts that are counted at once. One that is put together anew each time comes once and is forgotten with the others. */
const MOST_COUNTED = 2048;

/** What PostgreSQL plans. Others (SET, LOCK) gain nothing by a name. */
const PLANNED = /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH)\b/i;
/** All columns: after ADD COLUMN these are others, and a prepared statement is refused then. */
const ALL_COLUMNS = /(?:\b(?:SELECT|RETURNING)|,)\s*\*|\.\*/i;
/** A filter that may be left out: the plan for a value and the plan without one have nothing in common. */
const OPTIONAL_FILTER = /\$\d+(?:::\w+)?\s+IS\s+NULL\b/i;

/**
 * Names for statements that come again and again, so that PostgreSQL parses them once per connection and plans them anew
 * only while a plan for these very values is cheaper (`plan_cache_mode = auto`). What is known to be hot from the start has a
 * name of its own: `Database.statement`.
 */
export class FrequentStatements {
  private readonly names = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  /** What `pg` is given. Without parameters it sends a text as it is, and several statements may stand in one. */
  configOf(text: string, params: readonly unknown[]): QueryConfig {
    const name = params.length === 0 ? undefined : this.nameOf(text);
    return { ...(name !== undefined && { name }), text, values: [...params] };
  }

  /** None while it is seldom, or cannot have one. */
  private nameOf(text: string): string | undefined {
    const known = this.names.get(text);
    if (known !== undefined) return known;
    if (this.names.size === MOST_NAMES) return undefined;
    const count = (this.counts.get(text) ?? 0) + 1;
    if (count < OFTEN) {
      if (this.counts.size === MOST_COUNTED) this.counts.clear();
      this.counts.set(text, count);
      return undefined;
    }
    this.counts.delete(text);
    if (!PLANNED.test(text) || ALL_COLUMNS.test(text) || OPTIONAL_FILTER.test(text)) return undefined;
    const name = `frequent-${this.names.size + 1}`;
    this.names.set(text, name);
    return name;
  }
}
