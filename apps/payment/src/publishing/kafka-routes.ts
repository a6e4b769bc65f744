import { Injectable, type OnModuleInit } from '@nestjs/common';
import { TOPICS } from '@nx/contracts';
import { KafkaProducer } from '@nx/messaging';
import { envelopeOf, kafkaRoute, OutboxRelay } from '@nx/reliable';

/** What leaves for Kafka: every event in the platform's envelope, keyed by transaction, and notifications as they are. */
@Injectable()
export class KafkaRoutes implements OnModuleInit {
  constructor(
    private readonly relay: OutboxRelay,
    private readonly producer: KafkaProducer,
  ) {}

  onModuleInit(): void {
    this.relay.register(kafkaRoute(TOPICS.paymentEvents, this.producer, envelopeOf));
    this.relay.register(kafkaRoute(TOPICS.activityNotification, this.producer, (row) => row.payload));
  }
}
