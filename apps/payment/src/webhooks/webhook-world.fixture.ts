import { WEBHOOK_EVENT_TYPES } from '@nx/contracts';
import { eventually } from '@nx/testing';
import { PaymentWorld, type Shop, type WorldOptions } from '../testing/payment-world.fixture';
import { TestSubscriber } from '../testing/subscriber.fixture';
import type { CreatedWebhookConfigView } from './webhook-config.dto';

export const SOLD = ['mq-pay:attempt.success', 'mq-pay:attempt.success', 'mq-pay:transaction.settled'];

/** A payment service with subscribers, and the ways to look at what they are sent. */
export class WebhookWorld {
  private readonly servers: TestSubscriber[] = [];

  private constructor(readonly payment: PaymentWorld) {}

  static async start(options: WorldOptions = {}): Promise<WebhookWorld> {
    return new WebhookWorld(await PaymentWorld.start(options));
  }

  async stop(): Promise<void> {
    await this.payment.stop();
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  async subscriber(
    shop: Shop,
    change: object = {},
  ): Promise<{ server: TestSubscriber; config: CreatedWebhookConfigView }> {
    const server = await TestSubscriber.start();
    this.servers.push(server);
    const created = await this.payment.post<CreatedWebhookConfigView>(shop, '/webhook-configs', {
      name: 'sale',
      url: server.url,
      eventTypes: WEBHOOK_EVENT_TYPES,
      ...change,
    });
    if (created.status !== 201) throw new Error(created.text);
    return { server, config: created.body };
  }

  /** A sale paid in cash: two attempts, so three webhooks in a known order. */
  async sell(shop: Shop): Promise<{ transactionId: string }> {
    const first = await this.payment.checkout(shop, { amount: 60_000 });
    const { transaction, attempt } = first.body;
    await this.payment.post(shop, '/payments/system/ipn', { attempt: { id: attempt.id }, tendered: 60_000 });
    const second = await this.payment.checkout(shop, {
      sourceId: transaction.source.id,
      transactionId: transaction.id,
    });
    const last = { attempt: { id: second.body.attempt.id }, tendered: 40_000 };
    await this.payment.post(shop, '/payments/system/ipn', last);
    return { transactionId: transaction.id };
  }

  deliveries(configId: string) {
    return this.payment.sql(
      `SELECT id, event_type, sequence, status, tries, last_error, death FROM "WebhookDelivery"
       WHERE webhook_config_id = $1 ORDER BY transaction_id, sequence`,
      [configId],
    );
  }

  allEnded(configId: string, count: number) {
    return eventually(async () => {
      const rows = await this.deliveries(configId);
      return rows.length === count && rows.every((row) => row['status'] === 'DELIVERED' || row['status'] === 'DEAD')
        ? rows
        : undefined;
    });
  }
}
