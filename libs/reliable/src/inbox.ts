import type { Tx } from '@nx/persistence';
import { tablesOf, type MainSchema } from './schema';

/** Remembers handled events in the transaction of their effect, so that a repetition has none. */
export class Inbox {
  private readonly table: string;

  constructor(schema: MainSchema) {
    this.table = tablesOf(schema).inbox;
  }

  /**
   * True the first time a consumer (its group id) sees an event. Of two transactions at once one waits for the other.
   * `replay` (the record carries the header of a wanted repetition) lets an event through that was dead-lettered.
   */
  async firstTime(tx: Tx, consumer: string, eventId: string, options: { replay?: boolean } = {}): Promise<boolean> {
    const changed = await tx.execute(
      `INSERT INTO ${this.table} AS seen (consumer, event_id) VALUES ($1, $2)
       ON CONFLICT (consumer, event_id) DO UPDATE SET dead_lettered = false, handled_at = now()
        WHERE seen.dead_lettered AND $3`,
      [consumer, eventId, options.replay ?? false],
    );
    return changed === 1;
  }

  /** Notes that an event was given up, unless it was handled. */
  async deadLettered(tx: Tx, consumer: string, eventId: string): Promise<void> {
    await tx.execute(
      `INSERT INTO ${this.table} (consumer, event_id, dead_lettered) VALUES ($1, $2, true)
       ON CONFLICT (consumer, event_id) DO NOTHING`,
      [consumer, eventId],
    );
  }

  /** Makes a dead-lettered event a new one again, before its parked record is tried once more. */
  async forget(tx: Tx, consumer: string, eventId: string): Promise<void> {
    await tx.execute(`DELETE FROM ${this.table} WHERE consumer = $1 AND event_id = $2 AND dead_lettered`, [
      consumer,
      eventId,
    ]);
  }
}
