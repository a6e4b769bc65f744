import { Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { invalidField } from '@nx/contracts';
import type { OnceRequest } from '@nx/http';
import { Database } from '@nx/persistence';
import { AuditTrail, IdempotencyStore } from '@nx/reliable';
import { ReviveDeliveries } from './revive-deliveries';
import { SubscriptionState } from './subscription-state';
import { ReplayTransaction } from './replay-transaction';
import type { ReplayAnswer, ReplayRequest } from './webhook-config.dto';

/** Who wants what sent again. */
interface Wish {
  readonly action: string;
  readonly entityId: string;
  readonly actor: MerchantActor;
  readonly key: OnceRequest | undefined;
}

/** The ways for people to send deliveries again, with the same body and event id. */
@Injectable()
export class ReplayDeliveries {
  constructor(
    private readonly database: Database,
    private readonly subscriptions: SubscriptionState,
    private readonly reviving: ReviveDeliveries,
    private readonly transactions: ReplayTransaction,
    private readonly audit: AuditTrail,
    private readonly keys: IdempotencyStore,
  ) {}

  /** One, delivered or dead. */
  async one(id: string, actor: MerchantActor, key?: OnceRequest): Promise<ReplayAnswer> {
    await this.subscriptions.activeOfDelivery(id, actor.merchantId);
    const where = `d.id = $2 AND d.status IN ('DEAD', 'DELIVERED')`;
    return this.revive({ action: 'webhook-delivery.replay', entityId: id, actor, key }, where, [id]);
  }

  /** Either deliveries or a transaction; both or neither is refused. */
  asked(configId: string, request: ReplayRequest, actor: MerchantActor, key?: OnceRequest): Promise<ReplayAnswer> {
    const { deliveryIds, transactionId } = request;
    if (deliveryIds !== undefined && transactionId === undefined) return this.many(configId, deliveryIds, actor, key);
    if (deliveryIds === undefined && transactionId !== undefined) {
      return this.transactions.execute(configId, transactionId, actor, key);
    }
    throw invalidField('request.invalid', '/deliveryIds', 'or /transactionId must be given, not both');
  }

  /** Those named of one subscription, delivered or dead; ids of others are passed over. */
  private async many(
    configId: string,
    ids: readonly string[],
    actor: MerchantActor,
    key: OnceRequest | undefined,
  ): Promise<ReplayAnswer> {
    await this.subscriptions.active(configId, actor.merchantId);
    const where = `d.webhook_config_id = $2 AND d.id = ANY($3::text[]) AND d.status IN ('DEAD', 'DELIVERED')`;
    return this.revive({ action: 'webhook-config.replay', entityId: configId, actor, key }, where, [configId, ids]);
  }

  /** Everything that died since a moment. */
  async recover(configId: string, since: Date, actor: MerchantActor, key?: OnceRequest): Promise<ReplayAnswer> {
    await this.subscriptions.active(configId, actor.merchantId);
    const where = `d.webhook_config_id = $2 AND d.status = 'DEAD' AND d.created_at >= $3`;
    return this.revive({ action: 'webhook-config.recover', entityId: configId, actor, key }, where, [configId, since]);
  }

  /** The rows, the note of who did it and the answer under the key are one change. */
  private async revive(
    { action, entityId, actor, key }: Wish,
    where: string,
    parameters: readonly unknown[],
  ): Promise<ReplayAnswer> {
    const revived = await this.database.transaction(async (tx) => {
      const ids = await this.reviving.matching(tx, where, parameters);
      await this.audit.write(tx, {
        actorId: actor.userId,
        action,
        entityType: 'WebhookDelivery',
        entityId,
        merchantId: actor.merchantId,
        after: { replayed: ids.length },
      });
      await this.keys.remember(tx, key, { replayed: ids.length });
      return ids;
    });
    await this.reviving.nudge(revived);
    return { replayed: revived.length };
  }
}
