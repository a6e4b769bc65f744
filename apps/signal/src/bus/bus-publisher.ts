import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { stringifyLossless } from '@nx/messaging';
import { Logger, Metrics, type Counter } from '@nx/observability';
import type { Cluster, Redis } from 'ioredis';
import { SignalConfig } from '../signal.config';
import { Delivery, type Destination } from '../stream/delivery';
import { busBody, busChannel, CONTROL_CHANNEL } from './bus-message';
import { commandRedis } from './bus-redis';
import { Instance } from './instance';

/** Pushes that this server makes: to its own sockets at once, to those of the other instances over the bus. */
@Injectable()
export class BusPublisher implements OnApplicationShutdown {
  /** For the list of sockets, which lives on the same server. */
  readonly redis: Redis | Cluster;
  private readonly relayed: Counter;

  constructor(
    config: SignalConfig,
    private readonly instance: Instance,
    private readonly delivery: Delivery,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.redis = commandRedis(config.websocketRedis);
    this.relayed = metrics.counter('signal_bus_relayed_total', 'Own messages handed to the bus, by outcome', [
      'outcome',
    ]);
  }

  /** Best effort: what the bus cannot take now is dropped. Returns the number of own sockets reached. */
  push(destination: Destination, topic: string, data: unknown): number {
    const sent = this.delivery.deliver(destination, topic, data, 'server');
    this.publish(busChannel(destination), busBody(this.instance.id, destination, topic, data));
    return sent;
  }

  /** A command to the other instances. */
  command(body: object): void {
    this.publish(CONTROL_CHANNEL, body);
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }

  private publish(channel: string, body: object): void {
    if (this.redis.status !== 'ready') {
      this.relayed.inc({ outcome: 'dropped' });
      return;
    }
    this.redis.publish(channel, textOf(body)).then(
      () => this.relayed.inc({ outcome: 'sent' }),
      (error: unknown) => {
        this.relayed.inc({ outcome: 'dropped' });
        this.logger.debug('a message was not relayed', { error });
      },
    );
  }
}

const textOf = (body: object): string => {
  try {
    return JSON.stringify(body);
  } catch (error) {
    if (error instanceof TypeError) return stringifyLossless(body);
    throw error;
  }
};
