import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { answerWithin, HealthRegistry, Logger, Metrics, type Counter } from '@nx/observability';
import { busConnection } from '@nx/realtime';
import type { Redis } from 'ioredis';
import { ResumeSessions } from '../resume/resume-sessions';
import { SignalConfig } from '../signal.config';
import { Delivery } from '../stream/delivery';
import { BROADCAST_CHANNEL, BUS_PATTERNS, CONTROL_CHANNEL, probeChannel, readBusMessage } from './bus-message';
import { BusPublisher } from './bus-publisher';
import { Instance } from './instance';

/** Whether the bus is heard is found out by saying something: a half-open connection and a node that left are silent. */
const PROBE_TIMEOUT_MS = 3000;
const RESUBSCRIBE_MS = 250;
/** One log line per second is enough to find a producer that sends rubbish. */
const BAD_LOG_MS = 1000;

type ControlListener = (text: string) => void;

/** Listens to the bus: one subscription per instance, whatever the number of sockets. Never gives up. */
@Injectable()
export class BusSubscriber implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly messages: Counter;
  private redis: Redis | undefined;
  private subscribed = false;
  private away = false;
  private stopped = false;
  private badSince = 0;
  private lastBadLog = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private retry: NodeJS.Timeout | undefined;
  private readonly controls = new Set<ControlListener>();
  private readonly ownChannel: string;
  private probing = false;
  private heardItself: (() => void) | undefined;

  constructor(
    private readonly config: SignalConfig,
    private readonly instance: Instance,
    private readonly delivery: Delivery,
    private readonly resume: ResumeSessions,
    private readonly publisher: BusPublisher,
    private readonly logger: Logger,
    health: HealthRegistry,
    metrics: Metrics,
  ) {
    this.ownChannel = probeChannel(instance.id);
    this.messages = metrics.counter('signal_bus_messages_total', 'Messages heard on the bus, by outcome', ['outcome']);
    metrics.gauge('signal_bus_subscribed', 'Whether the bus is heard (1) or not (0)', [], (gauge) => {
      gauge.set(this.subscribed ? 1 : 0);
    });
    health.register({
      name: 'bus',
      readiness: true,
      check: () => (this.subscribed ? { ok: true } : { ok: false, detail: 'not subscribed to the bus' }),
    });
  }

  onControl(listener: ControlListener): void {
    this.controls.add(listener);
  }

  onApplicationBootstrap(): void {
    const redis = busConnection(this.config.websocketRedis, { maxRetriesPerRequest: null });
    this.redis = redis;
    redis.on('ready', () => void this.subscribe(redis));
    redis.on('close', () => this.lost());
    redis.on('message', (channel: string, text: string) => {
      if (channel === CONTROL_CHANNEL) for (const listener of this.controls) listener(text);
      else if (channel === this.ownChannel) this.heardItself?.();
      else this.hear(text);
    });
    redis.on('pmessage', (_pattern: string, _channel: string, text: string) => this.hear(text));
    this.timer = setInterval(() => void this.probe(redis), this.config.clients.busProbeMs).unref();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearInterval(this.timer);
    clearTimeout(this.retry);
    this.subscribed = false;
    this.redis?.disconnect();
  }

  private async subscribe(redis: Redis): Promise<void> {
    try {
      const channels = [BROADCAST_CHANNEL, CONTROL_CHANNEL, this.ownChannel];
      await Promise.all([redis.subscribe(...channels), redis.psubscribe(...BUS_PATTERNS)]);
      this.subscribed = redis.status === 'ready';
      this.logger.info('subscribed to the bus', { serverId: this.instance.id });
      if (this.away) this.resume.lookAfterAll();
      this.away = false;
    } catch (error) {
      if (this.stopped) return;
      this.logger.warn('the bus could not be subscribed to', { error });
      clearTimeout(this.retry);
      this.retry = setTimeout(() => {
        if (redis.status === 'ready') void this.subscribe(redis);
      }, RESUBSCRIBE_MS);
    }
  }

  private lost(): void {
    this.subscribed = false;
    if (!this.away && !this.stopped) this.logger.warn('the bus is away; pushes are missed until it is back');
    this.away = true;
  }

  /** The driver reconnects by itself once the deaf connection is cut, in a cluster to another node. */
  private async probe(redis: Redis): Promise<void> {
    if (!this.subscribed || this.probing) return;
    this.probing = true;
    const heard = new Promise<void>((resolve) => (this.heardItself = resolve));
    // Who cannot speak can still ask whether the listening connection lives.
    const spoken = this.publisher.probe(this.ownChannel);
    const proof = spoken.then(async (taken): Promise<unknown> => (taken ? heard : redis.ping()));
    try {
      await answerWithin(proof, PROBE_TIMEOUT_MS);
    } catch {
      proof.catch(() => undefined);
      if (this.stopped) return;
      this.logger.warn('the bus is not heard any more; connecting anew');
      redis.disconnect(true);
    } finally {
      this.probing = false;
    }
  }

  private hear(text: string): void {
    const reading = readBusMessage(text);
    if (reading.kind === 'bad') {
      this.messages.inc({ outcome: 'bad' });
      this.complain(reading.reason);
    } else if (reading.kind === 'unknown-type') this.messages.inc({ outcome: 'ignored' });
    else if (reading.message.serverId === this.instance.id) this.messages.inc({ outcome: 'own' });
    else {
      const { destination, topic, data } = reading.message;
      const sent = this.delivery.deliver(destination, topic, data, 'bus');
      this.messages.inc({ outcome: sent > 0 ? 'delivered' : 'nobody' });
    }
  }

  private complain(reason: string): void {
    this.badSince += 1;
    if (performance.now() - this.lastBadLog < BAD_LOG_MS) return;
    this.logger.warn('bad message on the bus dropped', { reason, count: this.badSince });
    this.lastBadLog = performance.now();
    this.badSince = 0;
  }
}
