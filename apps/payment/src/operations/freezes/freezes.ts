import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { AppError, type Clock } from '@nx/contracts';
import { CLOCK, HealthRegistry, Logger, Metrics } from '@nx/observability';
import { Database, type Statement, type Tx } from '@nx/persistence';
import { PaymentConfig } from '../../payment.config';
import { freezeOf, freezeText, isHolding, type Freeze, type FreezeSubject } from './freeze';

/** SQLSTATE with which the database refuses a write that was decided under an older epoch. */
const FENCE_LOST = 'NX001';
/** More lost fences in a row than operators can cause. */
const MAX_ROUNDS = 20;
const LONGEST_RETRY_AFTER_SECONDS = 60;

interface PolicyRow {
  epoch: string;
  freezes: readonly Freeze[];
}

interface Policy {
  readonly epoch: string;
  readonly freezes: readonly Freeze[];
}

export const LOAD_FREEZES = `
SELECT e.epoch::text AS epoch, (SELECT coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'scopeType', f.scope_type,
    'scopeValue', f.scope_value, 'operation', f.operation, 'ticket', f.ticket,
    'expiresAt', floor(extract(epoch FROM f.expires_at) * 1000)) ORDER BY f.created_at, f.id), '[]')
  FROM "OperationalFreeze" f WHERE f.lifted_at IS NULL AND (f.expires_at IS NULL OR f.expires_at > now())) AS freezes
FROM "FreezeEpoch" e`;

/** Whether a write was refused because the freezes changed after it was decided. */
export const isFenceLost = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === FENCE_LOST;

/** Whether something was refused because operators have stopped it. */
export const isFrozen = (error: unknown): boolean => error instanceof AppError && error.code === 'payment.frozen';

/**
 * What is stopped, as this process knows it. The word of the database counts: whoever passes gets the epoch of what he
 * was told, hands it to the statement that writes (`freeze_fence`), and is refused there when a freeze was set or
 * lifted meanwhile.
 */
@Injectable()
export class Freezes implements OnModuleInit, OnModuleDestroy {
  private readonly select: Statement<PolicyRow>;
  private policy: Policy | undefined;
  private running: Promise<void> = Promise.resolve();
  private queued: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failing = false;

  constructor(
    database: Database,
    private readonly config: PaymentConfig,
    private readonly logger: Logger,
    private readonly health: HealthRegistry,
    private readonly metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.select = database.statement('freezes-load', LOAD_FREEZES);
  }

  onModuleInit(): void {
    this.health.register({
      name: 'freeze-policy',
      readiness: true,
      check: () => (this.policy === undefined ? { ok: false, detail: 'freezes were never read' } : { ok: true }),
    });
    // A frozen process is ready: it takes callbacks on, and the lifting.
    this.health.register({
      name: 'freezes',
      readiness: false,
      check: () => ({ ok: true, detail: this.active().map(freezeText).join('; ') || 'none' }),
    });
    this.metrics.gauge('payment_freeze_active', 'Freezes that hold', ['operation', 'scope_type'], (gauge) => {
      gauge.reset();
      for (const { operation, scopeType } of this.active()) gauge.inc({ operation, scope_type: scopeType });
    });
    this.timer = setInterval(() => void this.poll(), this.config.freezes.pollMs).unref();
    void this.poll();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await (this.queued ?? this.running).catch(() => undefined);
  }

  /**
   * The epoch under which all of this may be done; the statement that does it has to be fenced by it.
   * Throws `payment.frozen` (503), and `service.unavailable` while the freezes cannot be read for the first time.
   */
  async pass(...subjects: readonly FreezeSubject[]): Promise<string> {
    if (this.policy === undefined) await this.reload().catch(() => undefined);
    const { policy } = this;
    if (policy === undefined) {
      throw new AppError({
        code: 'service.unavailable',
        detail: 'What is frozen is not known yet; nothing was done.',
        retryAfterSeconds: 1,
      });
    }
    const now = this.clock.now();
    for (const subject of subjects) {
      const freeze = freezeOf(policy.freezes, subject, now);
      if (freeze !== undefined) throw frozen(subject, freeze, now);
    }
    return policy.epoch;
  }

  /**
   * Passes inside a transaction that is open already, before it commits. Throws `payment.frozen`, and what `isFenceLost`
   * knows when the freezes have changed: then the transaction is over and has to be made again.
   */
  async fence(tx: Tx, ...subjects: readonly FreezeSubject[]): Promise<void> {
    await tx.execute('SELECT payment.freeze_fence($1::bigint)', [await this.pass(...subjects)]);
  }

  /** Runs work that passes and writes in one go; again with fresh freezes when its fence was lost. */
  async fenced<T>(work: () => Promise<T>): Promise<T> {
    for (let round = 1; ; round += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isFenceLost(error) || round === MAX_ROUNDS) throw error;
        await this.reload();
      }
    }
  }

  /** Reads the freezes as they are from now on; a read that began earlier does not count. Throws when it cannot. */
  reload(): Promise<void> {
    this.queued ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.queued = undefined;
        this.running = this.load();
        return this.running;
      });
    return this.queued;
  }

  private active(): readonly Freeze[] {
    const now = this.clock.now();
    return (this.policy?.freezes ?? []).filter((freeze) => isHolding(freeze, now));
  }

  private async load(): Promise<void> {
    const [row] = await this.select.run([]);
    if (row === undefined) throw new Error('FreezeEpoch has no row');
    if (this.policy !== undefined && this.policy.epoch !== row.epoch) {
      this.logger.info('freezes have changed', { active: row.freezes.map(freezeText) });
    }
    this.policy = row;
  }

  private async poll(): Promise<void> {
    try {
      await this.reload();
      this.failing = false;
    } catch (error) {
      // What was read last holds; the fence of the database decides anyway.
      if (!this.failing) this.logger.warn('freezes cannot be read', { error });
      this.failing = true;
    }
  }
}

const frozen = ({ operation }: FreezeSubject, freeze: Freeze, now: number): AppError => {
  const { expiresAt } = freeze;
  const seconds = expiresAt === null ? LONGEST_RETRY_AFTER_SECONDS : Math.ceil((expiresAt - now) / 1000);
  return new AppError({
    code: 'payment.frozen',
    detail: `${operation} is stopped by the operators for a while; nothing was done.`,
    extra: { operation },
    retryAfterSeconds: Math.max(1, Math.min(seconds, LONGEST_RETRY_AFTER_SECONDS)),
    operatorDetail: `freeze ${freeze.id}: ${freezeText(freeze)}`,
  });
};
