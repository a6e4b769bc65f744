import type { PaymentEventPayload } from '@nx/contracts';
import { eventually } from '@nx/testing';
import type { CheckoutAnswer } from '../checkout/checkout.dto';
import { ProcessIpn } from '../ipn/process-ipn';
import type { RefundView } from '../refunds/refund.dto';
import { GatewayPeer } from './gateway-peer.fixture';
import { BASE, now, PaymentWorld, unique, type Answer, type CheckoutChange, type Shop } from './payment-world.fixture';
import { newTrace, TestVnpay } from './vnpay.fixture';

export interface PaidSale {
  readonly shop: Shop;
  readonly transactionId: string;
  readonly attemptId: string;
  readonly attemptUid: string;
}

/** Sales that are paid, to be given back, each over a provider of its own. */
export class RefundWorld {
  private readonly vnpays: TestVnpay[] = [];
  private readonly peers: GatewayPeer[] = [];

  private constructor(
    readonly payment: PaymentWorld,
    private readonly mode: 'full' | 'api',
  ) {}

  /** In mode `api` nothing happens by itself: the test is the worker. */
  static async start(
    mode: 'full' | 'api' = 'full',
    extra: Readonly<Record<string, string>> = {},
    wired = false,
  ): Promise<RefundWorld> {
    return new RefundWorld(await PaymentWorld.start({ mode, extra, wired }), mode);
  }

  async stop(): Promise<void> {
    await this.payment.stop();
    await Promise.all([...this.vnpays, ...this.peers].map((server) => server.stop()));
  }

  async cashSale(given?: Shop): Promise<PaidSale> {
    const shop = given ?? (await this.payment.shop(null));
    const { body } = await this.payment.checkout(shop);
    await this.payment.post(shop, '/payments/system/ipn', { attempt: { id: body.attempt.id }, tendered: 100_000 });
    return saleOf(shop, body);
  }

  async qrSale(): Promise<PaidSale & { vnpay: TestVnpay }> {
    const vnpay = await TestVnpay.start();
    this.vnpays.push(vnpay);
    const shop = await this.payment.shop(vnpay);
    const body = await this.payment.qr(shop);
    await this.paid(shop, body.attempt.uid);
    return { ...saleOf(shop, body), vnpay };
  }

  /** A payment of its own onto an attempt. The provider repeats its notice until it is taken. */
  async paid(shop: Shop, txnId: string): Promise<void> {
    const notice = { txnId, amount: 100_000, paidAtMs: now(), qrTrace: newTrace() };
    await eventually(async () => ['00', '03'].includes((await this.payment.ipn(shop, notice)).code));
    await this.processed(shop);
  }

  async gatewaySale(change: object = {}): Promise<PaidSale & { peer: GatewayPeer }> {
    const peer = await GatewayPeer.start();
    this.peers.push(peer);
    const shop = await this.payment.shop(null);
    await peer.connect(this.payment, shop, change);
    const { body } = await this.payment.checkout(shop, { provider: 'VNPAY_GATEWAY', method: '300_GATEWAY' });
    await this.payment.call('GET', `${BASE}/vnpay/gateway/ipn?${peer.notice(body.payment.payUrl)}`);
    await this.processed(shop);
    return { ...saleOf(shop, body), peer };
  }

  async processed(shop: Shop): Promise<void> {
    if (this.mode === 'full') {
      await this.payment.processed(shop);
      return;
    }
    const waiting = await this.payment.sql(
      'SELECT id FROM "IpnInbox" WHERE merchant_id = $1 AND processed_at IS NULL',
      [shop.merchantId],
    );
    for (const row of waiting) await this.payment.app.get(ProcessIpn).execute(String(row['id']));
  }

  /** A QR that is shown and whose outcome nobody has proven, with the finding of a schedule that is used up. */
  async unknownSale(change: CheckoutChange = {}): Promise<PaidSale & { vnpay: TestVnpay }> {
    const vnpay = await TestVnpay.start();
    this.vnpays.push(vnpay);
    const shop = await this.payment.shop(vnpay);
    const sale = saleOf(shop, await this.payment.qr(shop, change));
    await this.payment.sql(`UPDATE "PaymentAttempt" SET status = '000_UNKNOWN', next_query_at = NULL WHERE id = $1`, [
      sale.attemptId,
    ]);
    await this.payment.sql(
      `INSERT INTO "Finding" (id, code, merchant_id, transaction_id, attempt_id, detail, created_at, modified_at)
       VALUES ($1, 'OUTCOME_UNKNOWN', $2, $3, $4, 'd', now(), now())`,
      [unique('F'), shop.merchantId, sale.transactionId, sale.attemptId],
    );
    return { ...sale, vnpay };
  }

  /** Findings of a sale, oldest first, as `code status outcome`. */
  async findings(sale: Pick<PaidSale, 'transactionId'>): Promise<string[]> {
    const rows = await this.payment.sql(
      `SELECT concat_ws(' ', code, status, outcome) AS line FROM "Finding" WHERE transaction_id = $1 ORDER BY code, created_at, id`,
      [sale.transactionId],
    );
    return rows.map((row) => String(row['line']));
  }

  refund(sale: PaidSale, change: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const body = { amount: 100_000, reason: 'wrong size', clientReference: unique('RF'), ...change };
    return this.payment.post(sale.shop, `/transactions/${sale.transactionId}/refunds`, body, headers);
  }

  async one(sale: PaidSale, refundId: string): Promise<RefundView> {
    return (await this.payment.get<RefundView>(sale.shop, `/transactions/${sale.transactionId}/refunds/${refundId}`))
      .body;
  }

  retry(sale: PaidSale, refundId: string, body: object = {}): Promise<Answer> {
    return this.payment.post(sale.shop, `/transactions/${sale.transactionId}/refunds/${refundId}/retry`, body);
  }

  /** Waits until a refund has come to a state. */
  async comesTo(sale: PaidSale, refundId: string, status: string): Promise<RefundView> {
    return eventually(async () => {
      const refund = await this.one(sale, refundId);
      return refund.status === status ? refund : undefined;
    });
  }

  /** Lets the time come at which a try is looked at next. */
  async due(attemptId: string): Promise<void> {
    await this.payment.sql('UPDATE "QueryLane" SET free_at = now()');
    await this.payment.sql(
      'UPDATE "PaymentAttempt" SET next_query_at = now() WHERE id = $1 AND next_query_at IS NOT NULL',
      [attemptId],
    );
  }

  events(sale: PaidSale): Promise<{ event_type: string; payload: PaymentEventPayload }[]> {
    return this.payment.sql(
      `SELECT event_type, payload FROM "Outbox" WHERE aggregate_id = $1 AND event_type LIKE 'mq-pay:refund.%'
       ORDER BY created_at, position`,
      [sale.transactionId],
    );
  }
}

const saleOf = (shop: Shop, { transaction, attempt }: CheckoutAnswer): PaidSale => ({
  shop,
  transactionId: transaction.id,
  attemptId: attempt.id,
  attemptUid: attempt.uid,
});
