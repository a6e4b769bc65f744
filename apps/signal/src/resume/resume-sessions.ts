import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Logger, Metrics, type Counter } from '@nx/observability';
import { SignalConfig } from '../signal.config';
import { Delivery, pushText } from '../stream/delivery';
import { memberOf } from '../stream/frames';
import type { Session } from '../stream/session';
import { SessionRegistry } from '../stream/session-registry';
import { inTurns } from '../stream/turns';
import { InboxFeed, type InboxSnapshot, type ResumePoint } from './inbox-feed';
import { isCount } from './inbox-mark';
import { MissedNotifications } from './missed-notifications';

/** Clients that come together are asked for together: of those who were away nobody sees this pause. */
const GATHER_MS = 25;
const INBOXES_PER_QUERY = 100;
/** Each may be behind by many notifications. */
const INBOXES_PER_TURN = 10;
const QUERIES_AT_ONCE = 2;
const RETRY_MS = 500;
/** Time for a push that is on its way to arrive before the table is asked instead. */
const GRACE_MS = 250;

/** `notice`: whether something is new. `catch-up`: the client is brought to what the table says. */
type Wish = 'notice' | 'catch-up';

/**
 * Keeps the clients that resume at exactly their inbox. Whoever connects, misses a push or is looked after by the timer
 * waits in one queue, and one query reads the inboxes of many: a storm of clients costs no query per client.
 */
@Injectable()
export class ResumeSessions implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly queue = new Map<Session, Wish>();
  private readonly graces = new Map<Session, NodeJS.Timeout>();
  private readonly outcomes: Counter;
  private readonly queries: Counter;
  private gathering: NodeJS.Timeout | undefined;
  private sweep: NodeJS.Timeout | undefined;
  private running = 0;
  private stopped = false;

  constructor(
    private readonly config: SignalConfig,
    private readonly missed: MissedNotifications,
    private readonly sessions: SessionRegistry,
    private readonly delivery: Delivery,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.outcomes = metrics.counter('signal_resumes_total', 'Inboxes brought up to date, by outcome', ['outcome']);
    this.queries = metrics.counter('signal_resume_queries_total', 'Looks at the inboxes of resuming clients');
    sessions.onChange((session, change) => {
      if (change === 'gone') this.forget(session);
    });
  }

  onApplicationBootstrap(): void {
    this.sweep = setInterval(() => this.lookAfterAll(), this.config.stream.resumeSweepMs).unref();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    clearInterval(this.sweep);
    clearTimeout(this.gathering);
    for (const timer of this.graces.values()) clearTimeout(timer);
  }

  /**
   * Takes a session on whose client sent `lastSequence`; it has to be called before the session can be reached.
   * Clients that sent none get pushes as they come. A value that is no sequence is answered with `resync`.
   */
  prepare(session: Session, data: unknown): void {
    const lastSequence = memberOf(data, 'lastSequence') ?? undefined;
    if (lastSequence === undefined) return;
    const lastRevision = memberOf(data, 'lastRevision');
    const point: ResumePoint = {
      sequence: isCount(lastSequence) ? lastSequence : undefined,
      revision: isCount(lastRevision) ? lastRevision : undefined,
    };
    const { resumeLimit, backpressureBytes } = this.config.stream;
    session.feed = new InboxFeed(
      point,
      { missed: resumeLimit, waitingCharacters: backpressureBytes },
      {
        send: (topic, payload) => this.delivery.seal(session, pushText(topic, payload)),
        sendText: (text, replyTo) => this.delivery.seal(session, text, replyTo),
        fallenBehind: () => this.waitForPushes(session),
      },
    );
    this.enqueue(session, 'catch-up');
  }

  /** The bus was away: pushes may have been missed. */
  lookAfterAll(): void {
    for (const session of this.sessions.readySessions())
      if (session.feed !== undefined) this.enqueue(session, 'notice');
  }

  private waitForPushes(session: Session): void {
    if (this.graces.has(session) || this.stopped) return;
    const look = (): void => {
      this.graces.delete(session);
      if (session.feed?.isBehind === true) this.enqueue(session, 'catch-up');
    };
    this.graces.set(session, setTimeout(look, GRACE_MS).unref());
  }

  private forget(session: Session): void {
    this.queue.delete(session);
    clearTimeout(this.graces.get(session));
    this.graces.delete(session);
  }

  private enqueue(session: Session, wish: Wish): void {
    if (this.queue.get(session) !== 'catch-up') this.queue.set(session, wish);
    this.gather(GATHER_MS);
  }

  private gather(afterMs: number): void {
    if (this.gathering !== undefined || this.stopped || this.queue.size === 0) return;
    if (this.running >= QUERIES_AT_ONCE) return;
    this.gathering = setTimeout(() => {
      this.gathering = undefined;
      while (this.running < QUERIES_AT_ONCE && this.queue.size > 0) void this.runBatch();
    }, afterMs).unref();
  }

  private async runBatch(): Promise<void> {
    this.running += 1;
    const batch = this.takeBatch();
    try {
      const asked = batch.map(({ session, feed }) => ({ userId: session.userId ?? '', since: feed.since }));
      this.queries.inc();
      const snapshots = await this.missed.read(asked, this.config.stream.resumeLimit);
      const told = batch.flatMap((entry, index) => {
        const snapshot = snapshots[index];
        return snapshot === undefined ? [] : [{ entry, snapshot }];
      });
      await inTurns(told, INBOXES_PER_TURN, ({ entry, snapshot }) => this.tell(entry, snapshot));
    } catch (error) {
      if (!this.stopped) this.retryLater(batch, error);
    } finally {
      this.running -= 1;
      this.gather(GATHER_MS);
    }
  }

  private takeBatch(): Entry[] {
    const batch: Entry[] = [];
    for (const [session, wish] of this.queue) {
      if (batch.length === INBOXES_PER_QUERY) break;
      this.queue.delete(session);
      const { feed } = session;
      if (feed !== undefined && session.state === 'ready') batch.push({ session, feed, wish, toldBefore: feed.told });
    }
    return batch;
  }

  private tell({ session, feed, wish, toldBefore }: Entry, snapshot: InboxSnapshot): void {
    if (session.state !== 'ready') return;
    if (wish === 'notice') feed.notice(snapshot, toldBefore);
    else this.outcomes.inc({ outcome: feed.apply(snapshot) });
  }

  /** The table is the truth, so the clients wait for it; pushes wait with them or are found in it later. */
  private retryLater(batch: readonly Entry[], error: unknown): void {
    this.logger.warn('inboxes of resuming clients could not be read; trying again', { clients: batch.length, error });
    setTimeout(() => {
      for (const { session, wish } of batch) if (session.state === 'ready') this.enqueue(session, wish);
    }, RETRY_MS).unref();
  }
}

interface Entry {
  readonly session: Session;
  readonly feed: InboxFeed;
  readonly wish: Wish;
  readonly toldBefore: number;
}
