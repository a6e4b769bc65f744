import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { stringifyLossless } from '@nx/messaging';
import { Logger, Metrics, type Counter } from '@nx/observability';
import { busConnection } from '@nx/realtime';
import type { Cluster, Redis } from 'ioredis';
import { SignalConfig } from '../signal.config';
import { Delivery, type Destination } from '../stream/delivery';
import { busBody, busChannel, CONTROL_CHANNEL } from './bus-message';
import { listRedis } from './bus-redis';
import { Instance } from './instance';

const COMMAND_TIMEOUT_MS = 2000;

/** Pushes that this server makes: to its own sockets at once, to those of the other instances over the bus. */
@Injectable()
export class BusPublisher implements OnApplicationShutdown {
  /** For the list of sockets, which lives on the same server or cluster. */
  readonly redis: Redis | Cluster;
  private readonly bus: Redis;
  private readonly relayed: Counter;

  constructor(
    config: SignalConfig,
    private readonly instance: Instance,
    private readonly delivery: Delivery,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.redis = listRedis(config.websocketRedis);
    this.bus = busConnection(config.websocketRedis, {
      commandTimeout: COMMAND_TIMEOUT_MS,
      lookMs: config.clients.busProbeMs,
    });
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

  /** Whether the bus took a message that this instance says to itself. Never throws. */
  async probe(channel: string): Promise<boolean> {
    try {
      await this.bus.publish(channel, '');
      return true;
    } catch {
      return false;
    }
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
    this.bus.disconnect();
  }

  private publish(channel: string, body: object): void {
    if (this.bus.status !== 'ready') {
      this.relayed.inc({ outcome: 'dropped' });
      return;
    }
    this.bus.publish(channel, textOf(body)).then(
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
