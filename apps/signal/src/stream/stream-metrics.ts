import { Injectable } from '@nestjs/common';
import { Metrics, type Counter, type Histogram } from '@nx/observability';
import { TRANSPORTS } from './connection';
import { SessionRegistry } from './session-registry';

const PUSH_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** What is counted about sockets and pushes. */
@Injectable()
export class StreamMetrics {
  /** Pushes to single sockets: `sent`, or `dropped` because the client is slow. */
  readonly pushes: Counter;
  /** From the arrival of a message to the last socket it was handed to, seconds. */
  readonly pushSeconds: Histogram;
  readonly closed: Counter;
  readonly refusedFrames: Counter;
  readonly refusedConnections: Counter;
  readonly joins: Counter;

  constructor(metrics: Metrics, sessions: SessionRegistry) {
    this.pushes = metrics.counter('signal_pushes_total', 'Pushes to single sockets by outcome', [
      'outcome',
      'transport',
    ]);
    this.pushSeconds = metrics.histogram(
      'signal_push_seconds',
      'From the arrival of a message to the last socket',
      ['source'],
      PUSH_BUCKETS,
    );
    this.closed = metrics.counter('signal_sockets_closed_total', 'Sockets closed by the server, by code', [
      'code',
      'transport',
    ]);
    this.refusedFrames = metrics.counter('signal_frames_refused_total', 'Frames of clients refused, by reason', [
      'reason',
      'transport',
    ]);
    this.refusedConnections = metrics.counter('signal_upgrades_refused_total', 'Connections refused, by reason', [
      'reason',
      'transport',
    ]);
    this.joins = metrics.counter('signal_room_joins_total', 'Rooms asked for, by outcome', ['outcome']);
    metrics.gauge('signal_sockets', 'Open sockets by state', ['state', 'transport'], (gauge) => {
      for (const transport of TRANSPORTS) {
        const { ready, waiting } = sessions.countOf(transport);
        gauge.set({ state: 'ready', transport }, ready);
        gauge.set({ state: 'waiting', transport }, waiting);
      }
    });
  }
}
