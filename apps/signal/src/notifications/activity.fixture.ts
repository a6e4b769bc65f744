import { eventually } from '@nx/testing';
import type { World } from '../signal.fixture';

/** A record of the topic of activities: a payment of merchant m-1, but for what `data` says. */
export const activityMessage = <T extends object>(
  data: T,
): { key: string; value: { eventType: string; recipientScope: string } & T } => ({
  key: 'm-1',
  value: {
    eventType: 'PAYMENT_SUCCESS',
    recipientScope: 'users',
    actorId: 'actor-1',
    actor: null,
    organizerId: 'o-1',
    merchantId: 'm-1',
    data: { amount: 100_000, currency: 'VND', orderNumber: 'SO-1' },
    ...data,
  },
});

export interface InboxRow {
  readonly id: string;
  readonly recipient_id: string;
  readonly event_id: string;
  readonly sequence: string;
}

/** What the inboxes of these recipients hold, each in the order of its sequence. */
export const inboxRows = (world: World, recipients: readonly string[]): Promise<InboxRow[]> =>
  world.rows<InboxRow>(
    `SELECT id, recipient_id, event_id, sequence FROM signal."ActivityNotification"
      WHERE recipient_id = ANY($1) ORDER BY recipient_id, sequence`,
    [recipients],
  );

let marker = 0;

/** Waits until every record sent so far has been taken: a marker in each partition comes last. */
export async function drained(world: World): Promise<void> {
  const records = Array.from({ length: 13 }, (_item, at) => {
    const eventId = `marker-${(marker += 1)}`;
    const record = activityMessage({ eventId, recipientIds: ['marker'] });
    // The last one follows the records of the usual key.
    return at === 12 ? record : { ...record, key: eventId };
  });
  await world.produce(...records);
  await eventually(
    async () => {
      const [row] = await world.rows<{ n: string }>(
        'SELECT count(*) AS n FROM signal."NotificationEvent" WHERE event_id = ANY($1)',
        [records.map(({ value }) => value.eventId)],
      );
      return Number(row?.n) === records.length;
    },
    { timeoutMs: 20_000 },
  );
}
