import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EventEnvelope } from '@nx/contracts';
import { KafkaProducer } from '@nx/messaging';
import { OutboxRelay, type OutboxRoute, type OutboxRow } from '@nx/reliable';
import { ROUTES } from '../invoices/invoice-events';

/** `invoice.events`: every event in the platform's envelope, keyed by the sale. */
const envelopeOf = (row: OutboxRow): EventEnvelope => ({
  eventId: row.eventId,
  eventType: row.eventType,
  occurredAt: row.occurredAt.toISOString(),
  version: 1,
  payload: row.payload,
});

/** Publishes outbox rows to Kafka; the event id in the header is what consumers dedupe by. */
@Injectable()
export class KafkaRoutes implements OnModuleInit {
  constructor(
    private readonly relay: OutboxRelay,
    private readonly producer: KafkaProducer,
  ) {}

  onModuleInit(): void {
    this.relay.register(this.route(ROUTES.kafka, envelopeOf));
    this.relay.register(this.route(ROUTES.notification, (row) => row.payload));
  }

  private route(topic: string, valueOf: (row: OutboxRow) => object): OutboxRoute {
    return {
      name: topic,
      publish: (rows) =>
        this.producer.send(
          rows.map((row) => ({
            topic,
            key: row.key,
            value: valueOf(row),
            headers: { ...row.headers, 'x-event-id': row.eventId, 'x-event-type': row.eventType },
          })),
        ),
    };
  }
}
