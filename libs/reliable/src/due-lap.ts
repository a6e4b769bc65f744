/** One page of a lap; `after` is the last row of the page before it, and undefined at the start. */
export type ReadPage<Row> = (until: Date, after: Row | undefined) => Promise<Row[]>;

/**
 * Goes round the rows that are due, page by page, in the memory of one process. A row whose work always fails stays due,
 * so a sweeper that took the oldest page every time would look at the same rows for ever once they fill it. A lap passes
 * each row once, and takes up nothing that became due after its start, so it always ends: a row waits for its turn at
 * most as many rounds as there are pages.
 */
export class DueLap<Row> {
  private until: Date | undefined;
  private after: Row | undefined;

  /** `size` is the length of a full page: a shorter one ends the lap. */
  constructor(
    private readonly size: number,
    private readonly read: ReadPage<Row>,
  ) {}

  /** The next page. One that cannot be read is asked for again. */
  async next(now: Date): Promise<Row[]> {
    const until = this.until ?? now;
    const rows = await this.read(until, this.after);
    const ended = rows.length < this.size;
    this.until = ended ? undefined : until;
    this.after = ended ? undefined : rows.at(-1);
    return rows;
  }
}
