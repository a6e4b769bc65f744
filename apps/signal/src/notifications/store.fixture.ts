import { TOPICS } from '@nx/contracts';
import { eventually } from '@nx/testing';
import type { Instance } from '../signal.fixture';
import { StoreNotification } from './store-notification';

let offset = 0;

/** Stores notifications as the consumer does, one event for all recipients; like it, it waits for a busy instance. */
export async function storeFor({ app }: Instance, recipientIds: readonly string[], count = 1): Promise<void> {
  const storing = app.get(StoreNotification);
  for (let done = 0; done < count; done += 1) {
    offset += 1;
    const origin = { partition: 0, offset: String(offset), timestampMs: 1, key: null, headers: {} };
    const data = { amount: 100_000, currency: 'VND', big: 9_007_199_254_740_993n };
    const value = { eventType: 'PAYMENT_SUCCESS', recipientScope: 'users', recipientIds, data };
    const record = { ...origin, topic: TOPICS.activityNotification, eventId: `direct-${offset}`, value };
    await eventually(() => storing.execute(record).then(() => true), { timeoutMs: 60_000 });
  }
}
