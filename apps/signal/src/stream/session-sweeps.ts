import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK } from '@nx/observability';
import { SignalConfig } from '../signal.config';
import { Delivery } from './delivery';
import { CLOSINGS, ERRORS } from './frames';
import { SessionRegistry } from './session-registry';

/** Closes sockets that have fallen silent and those whose token has run out. */
@Injectable()
export class SessionSweeps implements OnApplicationBootstrap, OnModuleDestroy {
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly config: SignalConfig,
    private readonly sessions: SessionRegistry,
    private readonly delivery: Delivery,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    const { heartbeatSweepMs, expirySweepMs } = this.config.stream;
    this.timers = [
      setInterval(() => this.closeSilent(), heartbeatSweepMs).unref(),
      setInterval(() => this.closeExpired(), expirySweepMs).unref(),
    ];
  }

  onModuleDestroy(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private closeSilent(): void {
    const silentSince = performance.now() - this.config.stream.heartbeatTimeoutMs;
    for (const session of this.sessions.readySessions()) {
      if (session.lastSeenMs < silentSince) this.delivery.close(session, CLOSINGS.heartbeatTimeout);
    }
  }

  private closeExpired(): void {
    const now = this.clock.now();
    for (const session of this.sessions.readySessions()) {
      if (session.expiresAtMs > now) continue;
      this.delivery.close(session, CLOSINGS.expired, ERRORS.expired);
    }
  }
}
