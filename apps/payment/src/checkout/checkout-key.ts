import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { idempotencyReused, idempotencyRunning, type IdempotencyRequest } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database, type Statement } from '@nx/persistence';
import { PaymentConfig } from '../payment.config';
import type { ChangedIdempotencyKey, NewIdempotencyKey } from '../transactions/transaction-change';

/** Beyond the longest provider call: a process that holds a key for longer has died. */
const LOCK_MARGIN_MS = 5000;
const KEY_LIFE_MS = 24 * 3_600_000;

interface KeyRow {
  fingerprint: string;
  status: 'RUNNING' | 'DONE';
  ids: Record<string, string>;
  locked_until: Date;
  expires_at: Date;
}

/** What became of the first request with a key. */
export interface KnownKey {
  readonly attemptId: string;
  readonly done: boolean;
  /** A request with this key is at work at the moment; ms until it may be taken over. */
  readonly lockedForMs: number;
}

/** The idempotency key of a checkout: its row is written by the very statements that write the payment. */
@Injectable()
export class CheckoutKey {
  private readonly select: Statement<KeyRow>;
  private readonly remove: Statement<object>;
  /** A process that has held a key for longer than this has died; the next one goes on with the same attempt (ms). */
  readonly lockMs: number;

  constructor(
    database: Database,
    config: PaymentConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.lockMs = config.providers.timeoutMs + LOCK_MARGIN_MS;
    this.select = database.statement(
      'checkout-key',
      `SELECT fingerprint, status, ids, locked_until, expires_at FROM "IdempotencyKey"
       WHERE scope = $1 AND operation = $2 AND key = $3`,
    );
    this.remove = database.statement(
      'checkout-key-remove',
      'DELETE FROM "IdempotencyKey" WHERE scope = $1 AND operation = $2 AND key = $3 AND expires_at <= $4',
    );
  }

  /** Undefined = the key is new. Throws `idempotency.key_reused` for another body. */
  async find(request: IdempotencyRequest): Promise<KnownKey | undefined> {
    const now = this.clock.now();
    const [row] = await this.select.run([request.scope, request.operation, request.key]);
    if (row === undefined) return undefined;
    if (row.expires_at.getTime() <= now) {
      // The cleaner has not come by yet; a key of yesterday must not stand in the way of today's request.
      await this.remove.run([request.scope, request.operation, request.key, new Date(now)]);
      return undefined;
    }
    if (row.fingerprint !== request.fingerprint) throw idempotencyReused();
    const attemptId = row.ids['attemptId'];
    if (attemptId === undefined) throw idempotencyRunning(1);
    return { attemptId, done: row.status === 'DONE', lockedForMs: Math.max(0, row.locked_until.getTime() - now) };
  }

  /** The row that goes into the first statement of a checkout. */
  row(
    request: IdempotencyRequest,
    ids: Readonly<Record<string, string>>,
    done: boolean,
    now: number,
  ): NewIdempotencyKey {
    return {
      ...request,
      status: done ? 'DONE' : 'RUNNING',
      ids,
      httpStatus: done ? 200 : null,
      lockedUntil: done ? now : now + this.lockMs,
      expiresAt: now + KEY_LIFE_MS,
    };
  }
}

/**
 * The key's change that goes with a later statement: DONE; RUNNING until `lockedUntil` (ms; now = the lock is given up,
 * because the outcome is open); or FREE, because a refused request leaves no key behind.
 */
export const changedKey = (
  request: IdempotencyRequest | undefined,
  status: ChangedIdempotencyKey['status'],
  lockedUntil: number,
): ChangedIdempotencyKey | undefined =>
  request === undefined
    ? undefined
    : {
        scope: request.scope,
        operation: request.operation,
        key: request.key,
        status,
        httpStatus: status === 'DONE' ? 200 : null,
        lockedUntil,
      };
