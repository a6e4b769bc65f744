import { Inject, Injectable } from '@nestjs/common';
import { AppError, invalidField, type Clock } from '@nx/contracts';
import type { OnceRequest } from '@nx/http';
import { PROVIDERS } from '@nx/mq-pay';
import { CLOCK, Logger } from '@nx/observability';
import { Database } from '@nx/persistence';
import { AuditTrail, IdempotencyStore, IdGenerator } from '@nx/reliable';
import { FreezeRepository, freezeView, type FreezeRow } from './freeze.repository';
import type { FreezeView, SetFreezeRequest } from './freeze.dto';
import { Freezes } from './freezes';

/** Longest wait for those who have passed the fence and are still writing. */
const FENCE_WAIT_MS = 5000;
/** SQLSTATE of a lock that was not given in time. */
const LOCK_NOT_AVAILABLE = '55P03';

/** Stops something: one operator can. When this has answered, nothing that it stops can commit any more. */
@Injectable()
export class SetFreeze {
  constructor(
    private readonly database: Database,
    private readonly repository: FreezeRepository,
    private readonly freezes: Freezes,
    private readonly audit: AuditTrail,
    private readonly ids: IdGenerator,
    private readonly keys: IdempotencyStore,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws `request.invalid`, and `service.unavailable` when somebody who writes does not end within 5 s. */
  async execute(request: SetFreezeRequest, actorId: string, key?: OnceRequest): Promise<FreezeView> {
    const now = this.clock.now();
    const row = rowOf(request, this.ids.next(), actorId, now);
    const view = freezeView(row, now);
    try {
      await this.database.transaction(async (tx) => {
        await tx.execute(`SET LOCAL lock_timeout = '${FENCE_WAIT_MS}ms'`);
        await this.repository.insert(tx, row);
        await this.audit.write(tx, {
          actorId,
          action: 'freeze.set',
          entityType: 'OperationalFreeze',
          entityId: row.id,
          merchantId: row.scope_type === 'merchant' ? row.scope_value : null,
          reason: row.reason,
          after: view,
        });
        await this.keys.remember(tx, key, view);
      });
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      throw new AppError({
        code: 'service.unavailable',
        detail: 'Something that is being written does not end; nothing was frozen. Repeat the request.',
        retryAfterSeconds: 1,
        cause: error,
      });
    }
    await this.freezes.reload();
    this.logger.warn('freeze set', { freezeId: row.id, operation: row.operation, scope: row.scope_type });
    return view;
  }
}

const isLockTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === LOCK_NOT_AVAILABLE;

const rowOf = (request: SetFreezeRequest, id: string, actorId: string, now: number): FreezeRow => {
  const { operation, scopeType, reason, ticket } = request;
  if (operation === 'ALL' && scopeType !== 'provider') {
    throw invalidField('request.invalid', '/operation', 'ALL stops a provider: send scopeType provider');
  }
  const expiresAt = request.expiresAt === undefined ? null : new Date(request.expiresAt);
  if (expiresAt !== null && expiresAt.getTime() <= now) {
    throw invalidField('request.invalid', '/expiresAt', 'lies in the past');
  }
  return {
    id,
    scope_type: scopeType,
    scope_value: scopeValueOf(request),
    operation,
    reason,
    ticket,
    created_by: actorId,
    created_at: new Date(now),
    expires_at: expiresAt,
    approved_by: null,
    lifted_by: null,
    lifted_at: null,
    lift_reason: null,
  };
};

/** Providers are named in any case. */
const scopeValueOf = ({ scopeType, scopeValue }: SetFreezeRequest): string | null => {
  if (scopeType === 'global') {
    if (scopeValue === undefined) return null;
    throw invalidField('request.invalid', '/scopeValue', 'goes with a merchant, an organizer or a provider');
  }
  if (scopeValue === undefined) throw invalidField('request.invalid', '/scopeValue', `names the ${scopeType}`);
  if (scopeType !== 'provider') return scopeValue;
  const code = [...PROVIDERS.keys()].find((known) => known === scopeValue.toUpperCase());
  if (code !== undefined) return code;
  throw invalidField('request.invalid', '/scopeValue', `is one of ${[...PROVIDERS.keys()].join(', ')}`);
};
