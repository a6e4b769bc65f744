import type { Counter, Logger, Metrics } from '@nx/observability';
import type { Redis } from 'ioredis';
import { busConnection, type BusRedisSettings } from './bus-connection';
import { busMessage, type BusDestination } from './bus-message';

export interface BusEmitterOptions {
  redis: BusRedisSettings;
  logger: Logger;
  metrics: Metrics;
}

/** A server that takes messages and does not answer gets no more than this many at a time. */
const IN_FLIGHT_MAXIMUM = 10_000;
const COMMAND_TIMEOUT_MS = 3_000;

/**
 * Puts hints for connected clients on the Redis bus. Best effort by design: a hint that cannot go out now is dropped
 * and counted, because a stale one is worse than none. No method throws or waits.
 */
export class BusEmitter {
  private readonly redis: Redis;
  private readonly messages: Counter;
  private inFlight = 0;
  private away = false;

  constructor(private readonly options: BusEmitterOptions) {
    this.messages = options.metrics.counter('bus_messages_total', 'Messages to the realtime bus', ['outcome']);
    this.redis = busConnection(options.redis, { commandTimeout: COMMAND_TIMEOUT_MS });
    this.redis.on('error', (error: Error) => {
      if (!this.away) options.logger.warn('realtime bus is away', { error: error.message });
      this.away = true;
    });
    this.redis.on('ready', () => {
      if (this.away) options.logger.info('realtime bus is back');
      this.away = false;
    });
  }

  /** Whether a message would be handed to Redis now. */
  isReady(): boolean {
    return this.redis.status === 'ready';
  }

  /** To every client in the room but those with an excluded client id. */
  toRoom(room: string, topic: string, data: unknown, exclude?: readonly string[]): void {
    this.emit({ type: 'room', target: room, exclude }, topic, data);
  }

  /** To one connection. */
  toClient(id: string, topic: string, data: unknown): void {
    this.emit({ type: 'client', target: id }, topic, data);
  }

  /** To every connection of a user. */
  toUser(userId: string, topic: string, data: unknown): void {
    this.emit({ type: 'user', target: userId }, topic, data);
  }

  broadcast(topic: string, data: unknown, exclude?: readonly string[]): void {
    this.emit({ type: 'broadcast', exclude }, topic, data);
  }

  /** Drops what is under way. */
  close(): void {
    this.redis.disconnect();
  }

  private emit(destination: BusDestination, topic: string, data: unknown): void {
    try {
      if (!this.isReady() || this.inFlight >= IN_FLIGHT_MAXIMUM) {
        this.messages.inc({ outcome: 'dropped' });
        return;
      }
      const { channel, body } = busMessage(destination, topic, data);
      this.inFlight += 1;
      this.redis.publish(channel, body).then(
        () => this.settled('sent'),
        () => this.settled('dropped'),
      );
    } catch (error) {
      // Data without a JSON form is a defect of the caller, yet a hint must not stop its work.
      this.messages.inc({ outcome: 'failed' });
      this.options.logger.error('realtime message has no JSON form', {
        topic,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  private settled(outcome: 'sent' | 'dropped'): void {
    this.inFlight -= 1;
    this.messages.inc({ outcome });
  }
}
