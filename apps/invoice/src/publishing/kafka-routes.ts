import { Injectable, type OnModuleInit } from '@nestjs/common';
import { KafkaProducer } from '@nx/messaging';
import { envelopeOf, kafkaRoute, OutboxRelay } from '@nx/reliable';
import { ROUTES } from '../invoices/invoice-events';

/** What leaves for Kafka: every event in the platform's envelope, keyed by the sale, and notifications as they are. */
@Injectable()
export class KafkaRoutes implements OnModuleInit {
  constructor(
    private readonly relay: OutboxRelay,
    private readonly producer: KafkaProducer,
  ) {}

  onModuleInit(): void {
    this.relay.register(kafkaRoute(ROUTES.kafka, this.producer, envelopeOf));
    this.relay.register(kafkaRoute(ROUTES.notification, this.producer, (row) => row.payload));
  }
}
