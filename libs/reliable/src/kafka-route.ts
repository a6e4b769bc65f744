import type { EventEnvelope } from '@nx/contracts';
import { EVENT_ID_HEADER, type KafkaProducer } from '@nx/messaging';
import type { OutboxRow } from './outbox';
import type { OutboxRoute } from './outbox-relay';

/** An event in the platform's envelope. */
export const envelopeOf = (row: OutboxRow): EventEnvelope => ({
  eventId: row.eventId,
  eventType: row.eventType,
  occurredAt: row.occurredAt.toISOString(),
  version: 1,
  payload: row.payload,
});

/** A route to the topic of its name. The event id in the header is what consumers deduplicate by. */
export const kafkaRoute = (
  topic: string,
  producer: KafkaProducer,
  valueOf: (row: OutboxRow) => object,
): OutboxRoute => ({
  name: topic,
  publish: (rows) =>
    producer.send(
      rows.map((row) => ({
        topic,
        key: row.key,
        value: valueOf(row),
        headers: { ...row.headers, [EVENT_ID_HEADER]: row.eventId, 'x-event-type': row.eventType },
      })),
    ),
});
