import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** One kind of fact, by key. Rows are replaced whole, never changed in place. */
export interface Table<T> {
  get(key: string): T | undefined;
  put(key: string, row: T): T;
  delete(key: string): void;
  all(): T[];
}

/**
 * The sandbox's record of the truth: in memory, and with a file every change as one JSON line,
 * read again at the next start, so that a restart does not forget what was charged or issued.
 */
export class TruthRecord {
  private readonly tables = new Map<string, Map<string, unknown>>();

  constructor(private readonly file: string | undefined) {
    if (file === undefined || !existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n')) this.replay(line);
  }

  table<T>(name: string): Table<T> {
    const rows = this.rows(name) as Map<string, T>;
    return {
      get: (key) => rows.get(key),
      put: (key, row) => {
        rows.set(key, row);
        this.append({ table: name, key, row });
        return row;
      },
      delete: (key) => {
        rows.delete(key);
        this.append({ table: name, key });
      },
      all: () => [...rows.values()],
    };
  }

  private rows(name: string): Map<string, unknown> {
    const found = this.tables.get(name) ?? new Map<string, unknown>();
    this.tables.set(name, found);
    return found;
  }

  /** The last line may be cut by a kill; it is left out, whole lines count. */
  private replay(line: string): void {
    if (line === '') return;
    try {
      const entry = JSON.parse(line) as { table: string; key: string; row?: unknown };
      if (entry.row === undefined) this.rows(entry.table).delete(entry.key);
      else this.rows(entry.table).set(entry.key, entry.row);
    } catch {
      return;
    }
  }

  private append(entry: object): void {
    if (this.file !== undefined) appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
  }
}
