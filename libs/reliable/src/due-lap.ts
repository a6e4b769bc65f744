import type { Statement } from '@nx/persistence';

/** One page of a lap; `after` is the last row of the page before it, and undefined at the start. */
type ReadPage<Row> = (until: Date, after: Row | undefined) => Promise<Row[]>;

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

/** A row that is due. `due_key` is when, to the microsecond, which a Date does not have: the next page begins behind it. */
export interface Due {
  readonly id: string;
  readonly due_key: string;
}

/** Where the page behind a row begins, as two parameters of its statement: compared with the due time and the id. */
export const behind = (row: Due | undefined): [dueKey: string, id: string] => [
  row?.due_key ?? '-infinity',
  row?.id ?? '',
];

/**
 * A lap in the order of the time at which rows are due, and of ids within it. The statement takes `$1` the time until
 * which, `$2` and `$3` the row behind which it reads, and gives at most `size` rows.
 */
export const dueLap = <Row extends Due>(size: number, statement: Statement<Row>): DueLap<Row> =>
  new DueLap(size, (until, after) => statement.run([until, ...behind(after)]));
