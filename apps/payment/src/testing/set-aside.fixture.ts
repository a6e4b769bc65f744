import type { Operator } from './operator.fixture';
import { now, unique, type Shop } from './payment-world.fixture';
import type { PaidSale, RefundWorld } from './refund-world.fixture';
import { newTrace, type PaymentNotice } from './vnpay.fixture';

const TOTAL = 100_000;

/** A payment that the provider took and of which something counts for no sale. */
export interface SetAside {
  readonly shop: Shop;
  readonly transactionId: string;
  /** As the provider told it; `txnId` is the reference under which it took the money. */
  readonly notice: PaymentNotice & { readonly qrTrace: string };
  /** What of it waits. */
  readonly amount: number;
  /** What people do before it can go back; absent = nothing. */
  readonly release?: () => Promise<unknown>;
}

/** One way to each reason for which money goes to suspense. */
export class SetAsideCases {
  private payments = 0;

  constructor(
    private readonly world: RefundWorld,
    private readonly first: Operator,
    private readonly second: Operator,
  ) {}

  async late(autoRefund: boolean): Promise<SetAside> {
    const sale = await this.shown(await this.shop(autoRefund));
    await this.world.payment.age(sale.attemptId, 20 * 60_000);
    return this.aside(sale, TOTAL);
  }

  async wrongAmount(autoRefund: boolean): Promise<SetAside> {
    return this.aside(await this.shown(await this.shop(autoRefund)), 90_000);
  }

  /** Another attempt has paid a part meanwhile. */
  async surplus(autoRefund: boolean): Promise<SetAside> {
    const sale = await this.left(autoRefund);
    const other = await this.another(sale, { provider: 'VNPAY_QR_MMS', method: '100_QR_CODE', amount: 40_000 });
    await this.pay(sale.shop, other.uid, 40_000);
    return { ...(await this.aside(sale, TOTAL)), amount: 40_000 };
  }

  async secondPayment(autoRefund: boolean): Promise<SetAside> {
    const sale = await this.shown(await this.shop(autoRefund));
    await this.pay(sale.shop, sale.attemptUid, TOTAL);
    return this.aside(sale, TOTAL);
  }

  async cancelled(autoRefund: boolean): Promise<SetAside> {
    const sale = await this.shown(await this.shop(autoRefund));
    await this.insist(sale.shop, '/payments/cancel', { transactionId: sale.transactionId, reason: 'left' });
    return this.aside(sale, TOTAL);
  }

  async refunded(autoRefund: boolean): Promise<SetAside> {
    const sale = await this.paidInCash(autoRefund);
    const back = { amount: TOTAL, reason: 'wrong size', clientReference: unique('RF') };
    await this.insist(sale.shop, `/transactions/${sale.transactionId}/refunds`, back);
    return this.aside(sale, TOTAL);
  }

  async blocked(autoRefund: boolean): Promise<SetAside> {
    const sale = await this.paidInCash(autoRefund);
    const path = `/transactions/${sale.transactionId}`;
    const reason = 'looked at it';
    await done(this.first.post(`${path}/block`, { reason }));
    const release = async (): Promise<void> => {
      const { approvalId } = (await done(this.first.post(`${path}/unblock`, { reason }))).body;
      await done(this.second.approve(approvalId));
      await done(this.first.post(`${path}/unblock`, { reason, approvalId }));
    };
    return { ...(await this.aside(sale, TOTAL)), release };
  }

  /** Its sale is paid already, so that nothing of it is wanted there. */
  async noAttempt(autoRefund: boolean): Promise<SetAside> {
    const sale = await this.shown(await this.shop(autoRefund));
    await this.pay(sale.shop, sale.attemptUid, TOTAL);
    return this.stray(sale);
  }

  /** Money that names no attempt and was meant for a sale that still waits for it. */
  async wanted(autoRefund: boolean): Promise<SetAside> {
    return this.stray(await this.shown(await this.shop(autoRefund)));
  }

  private async stray(sale: PaidSale): Promise<SetAside> {
    const aside = await this.aside({ ...sale, attemptUid: unique('ATTX').slice(0, 15).toUpperCase() }, TOTAL);
    const match = async (attemptId: string) => {
      const { data } = (await this.first.get(`/suspense?merchantId=${sale.shop.merchantId}`)).body;
      const evidence = { source: "the buyer's receipt", documentHash: 'a'.repeat(64) };
      return this.first.post(`/suspense/${data[0]?.id}/match`, { attemptId, evidence });
    };
    const release = async () => {
      const answers = await Promise.all([match(sale.attemptUid), match(sale.attemptId)]);
      const statuses = answers.map(({ status }) => status).toSorted();
      if (statuses.join(' ') !== '200 409') throw new Error(`matched: ${answers.map(({ text }) => text).join(' ')}`);
    };
    return { ...aside, release };
  }

  private async shop(autoRefund: boolean): Promise<Shop> {
    const shop = await this.world.payment.shop();
    await this.insist(shop, '/configurations', { code: 'PAYMENT_SETTINGS', tValue: { autoRefund } });
    return shop;
  }

  /** A QR that is shown. */
  private async shown(shop: Shop): Promise<PaidSale> {
    const { transaction, attempt } = await this.world.payment.qr(shop);
    return { shop, transactionId: transaction.id, attemptId: attempt.id, attemptUid: attempt.uid };
  }

  /** A QR that was shown and that nobody waits for any more, while its sale goes on. */
  private async left(autoRefund: boolean): Promise<PaidSale> {
    const sale = await this.shown(await this.shop(autoRefund));
    await this.insist(sale.shop, '/payments/cancel', { attemptId: sale.attemptId, reason: 'another way' });
    return sale;
  }

  private async paidInCash(autoRefund: boolean): Promise<PaidSale> {
    const sale = await this.left(autoRefund);
    const { id } = await this.another(sale, {});
    await this.insist(sale.shop, '/payments/system/ipn', { attempt: { id }, tendered: TOTAL });
    return sale;
  }

  private async another({ shop, transactionId }: PaidSale, change: object) {
    const { source } = await this.world.payment.transaction(shop, transactionId);
    return (await done(this.world.payment.checkout(shop, { ...change, transactionId, sourceId: source.id }))).body
      .attempt;
  }

  private async aside({ shop, transactionId, attemptUid }: PaidSale, amount: number): Promise<SetAside> {
    return { shop, transactionId, amount, notice: await this.pay(shop, attemptUid, amount) };
  }

  private async pay(shop: Shop, txnId: string, amount: number): Promise<SetAside['notice']> {
    // No two in one second, which is all that the provider tells of a time.
    this.payments += 2;
    const notice = { txnId, amount, paidAtMs: now() - this.payments * 1000, qrTrace: newTrace() };
    await this.world.payment.ipn(shop, notice);
    await this.world.payment.processed(shop);
    return notice;
  }

  private insist(shop: Shop, path: string, body: object) {
    return done(this.world.payment.post(shop, path, body));
  }
}

/** What a step of the preparation answered; a refusal ends the test. */
const done = async <A extends { readonly status: number; readonly text: string }>(asked: Promise<A>): Promise<A> => {
  const answer = await asked;
  if (answer.status >= 300) throw new Error(`not prepared: ${answer.status} ${answer.text}`);
  return answer;
};
