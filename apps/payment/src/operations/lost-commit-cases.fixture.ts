import { WEBHOOK_EVENT_TYPES } from '@nx/contracts';
import { WorkOnRefund } from '../refunds/work-on-refund';
import { Operator } from '../testing/operator.fixture';
import { now, unique, type Answer } from '../testing/payment-world.fixture';
import type { PaidSale, RefundWorld } from '../testing/refund-world.fixture';
import { newTrace } from '../testing/vnpay.fixture';

/** One operation that is asked for, with everything that it needs in place. */
export interface LostCase {
  readonly token: string;
  readonly path: string;
  readonly body: object;
  /** What stands behind FROM, and its parameter: one more row than before when the operation has had its effect. */
  readonly effect: readonly [from: string, id: string];
  /** What the trail calls it. */
  readonly action?: string;
  /** Without an entry of the trail one statement does it, which bears this text of the request. */
  readonly mark?: string;
}

const REASON = { reason: 'looked at it' };
/** Above it a second person has to approve. */
export const LIMIT = 100_000;

const seen = (amount: number) => ({
  source: 'portal',
  reference: newTrace(),
  amount,
  paidAt: new Date(now()).toISOString(),
});
const journals = ({ transactionId }: PaidSale): LostCase['effect'] => [
  '"LedgerJournal" WHERE transaction_id = $1',
  transactionId,
];

/** What a step of the preparation made; without it the preparation is done again. */
const made = async (asked: Promise<Answer>): Promise<Answer['body']> => {
  const { status, text, body } = await asked;
  if (status >= 300) throw new Error(`not prepared: ${status} ${text}`);
  return body;
};

/** What is asked for while answers are lost. The first person asks and acts, the second approves. */
export class LostCommitCases {
  private constructor(
    private readonly world: RefundWorld,
    private readonly first: Operator,
    private readonly second: Operator,
  ) {}

  static async of(world: RefundWorld): Promise<LostCommitCases> {
    return new LostCommitCases(world, await Operator.of(world.payment), await Operator.of(world.payment));
  }

  async resolve(amount = LIMIT): Promise<LostCase> {
    const sale = await this.world.unknownSale();
    const body = { status: 'completed', evidence: seen(amount) };
    return { ...this.act(sale, 'resolve', body), effect: journals(sale) };
  }

  async resolveByTwo(): Promise<LostCase> {
    return this.approved(await this.resolve(LIMIT + 1));
  }

  async resolveAsFailed(): Promise<LostCase> {
    const sale = await this.world.unknownSale();
    const body = { status: 'failed', evidence: { source: 'portal', description: 'they know of no payment' } };
    const effect = [`"PaymentAttempt" WHERE id = $1 AND status = '500_FAIL'`, sale.attemptId] as const;
    return { ...this.act(sale, 'resolve', body), effect };
  }

  async resolveRefund(): Promise<LostCase> {
    const { sale, refundId, tryId } = await this.triedRefund('error');
    const evidence = { source: 'portal', reference: newTrace() };
    const body = { status: 'completed', evidence, attemptId: tryId };
    return {
      ...this.act(sale, 'resolve', body),
      effect: [`"Refund" WHERE id = $1 AND status = 'SUCCEEDED'`, refundId],
    };
  }

  async reverse(): Promise<LostCase> {
    const sale = await this.world.qrSale();
    const { attempts } = await this.world.payment.transaction(sale.shop, sale.transactionId);
    const evidence = { source: 'settlement report', reference: attempts[0]?.providerReference };
    return { ...this.act(sale, 'reverse', { evidence }), effect: journals(sale) };
  }

  async replay(): Promise<LostCase> {
    const sale = await this.world.qrSale();
    const asked = await this.approved({ ...this.act(sale, 'replay', REASON), effect: journals(sale) });
    return { ...asked, effect: [`"AuditTrail" WHERE action = 'approval.use' AND entity_id = $1`, approvalOf(asked)] };
  }

  async retryRefund(): Promise<LostCase> {
    const { refundId } = await this.triedRefund('refuse');
    return {
      token: this.first.token,
      path: `/operations/refunds/${refundId}/retry`,
      body: REASON,
      effect: ['"PaymentAttempt" WHERE refund_id = $1', refundId],
      action: 'refund.retry',
    };
  }

  async retryOwnRefund(): Promise<LostCase> {
    const { sale, refundId } = await this.triedRefund('refuse');
    const path = `/transactions/${sale.transactionId}/refunds/${refundId}/retry`;
    return { token: sale.shop.token, path, body: {}, effect: ['"PaymentAttempt" WHERE refund_id = $1', refundId] };
  }

  async openRefund(): Promise<LostCase> {
    const sale = await this.world.cashSale();
    const mark = unique('RF');
    return {
      token: sale.shop.token,
      path: `/transactions/${sale.transactionId}/refunds`,
      body: { amount: 40_000, reason: 'wrong size', clientReference: mark },
      effect: ['"Refund" WHERE transaction_id = $1', sale.transactionId],
      mark,
    };
  }

  async block(): Promise<LostCase> {
    const sale = await this.world.unknownSale();
    const effect = ['"Finding" WHERE transaction_id = $1', sale.transactionId] as const;
    return { ...this.act(sale, 'block', REASON), effect };
  }

  async unblock(): Promise<LostCase> {
    const sale = await this.world.unknownSale();
    await made(this.first.post(`/transactions/${sale.transactionId}/block`, REASON));
    await this.pay(sale, sale.attemptUid);
    return this.approved({ ...this.act(sale, 'unblock', REASON), effect: journals(sale) });
  }

  async accept(): Promise<LostCase> {
    const sale = await this.world.unknownSale();
    await this.pay(sale, sale.attemptUid, LIMIT - 1);
    return { ...(await this.money(sale, 'accept', REASON)), effect: journals(sale) };
  }

  async match(): Promise<LostCase> {
    const sale = await this.world.unknownSale();
    await this.pay(sale, unique('ATTX').slice(0, 15).toUpperCase());
    const evidence = { source: "the buyer's receipt", documentHash: 'a'.repeat(64) };
    return this.money(sale, 'match', { attemptId: sale.attemptId, evidence });
  }

  async liftFreeze(): Promise<LostCase> {
    const asked = await this.approved(await this.askForLift());
    const effect = [`"OperationalFreeze" WHERE lifted_at IS NOT NULL AND id = $1`, asked.effect[1]] as const;
    return { ...asked, effect, action: 'freeze.lift' };
  }

  /** The question for a second person itself. */
  async askForLift(): Promise<LostCase> {
    const freeze = { operation: 'REFUND', scopeType: 'merchant', scopeValue: unique('M'), ticket: 'T-1', ...REASON };
    const { id } = await made(this.first.post('/freezes', freeze));
    return {
      token: this.first.token,
      path: `/operations/freezes/${id}/lift`,
      body: REASON,
      effect: [`"Approval" WHERE payload ->> 'freezeId' = $1`, id],
      action: 'approval.request',
    };
  }

  async reject(): Promise<LostCase> {
    const { path, body } = await this.askForLift();
    const { approvalId: id } = await made(this.first.post(path.replace('/operations', ''), body));
    return {
      token: this.second.token,
      path: `/operations/approvals/${id}/reject`,
      body: REASON,
      effect: [`"Approval" WHERE id = $1 AND state = 'REJECTED'`, id],
      action: 'approval.reject',
    };
  }

  assignFinding(): Promise<LostCase> {
    return this.finding('assign', { note: 'mine' }, 'owner IS NOT NULL');
  }

  resolveFinding(): Promise<LostCase> {
    return this.finding('resolve', { outcome: 'EXPLAINED', note: 'both were the same' }, `status = 'RESOLVED'`);
  }

  async reopenFinding(): Promise<LostCase> {
    const asked = await this.finding('reopen', { note: 'it was not' }, `status = 'OPEN'`);
    const path = asked.path.replace('/operations', '').replace('reopen', 'resolve');
    await made(this.first.post(path, { outcome: 'EXPLAINED', note: 'both were the same' }));
    return asked;
  }

  async openChargeback(amount = 40_000): Promise<LostCase> {
    const sale = await this.world.qrSale();
    return {
      token: sale.shop.token,
      path: `/transactions/${sale.transactionId}/chargebacks`,
      body: { chargebackReference: unique('CB-'), amount, reason: 'goods not received' },
      effect: journals(sale),
    };
  }

  submitChargeback(): Promise<LostCase> {
    return this.chargeback('submit', 'SUBMITTED', 'chargeback.submitted');
  }

  wonChargeback(): Promise<LostCase> {
    return this.chargeback('won', 'WON', 'chargeback.won');
  }

  lostChargeback(): Promise<LostCase> {
    return this.chargeback('lost', 'LOST', 'chargeback.lost');
  }

  async cancel(): Promise<LostCase> {
    const shop = await this.world.payment.shop(null);
    const { id } = (await made(this.world.payment.checkout(shop))).transaction;
    const mark = unique('left ');
    return {
      token: shop.token,
      path: '/payments/cancel',
      body: { transactionId: id, reason: mark },
      effect: [`"PaymentAttempt" WHERE type = '200_CANCEL_PAYMENT' AND transaction_id = $1`, id],
      mark,
    };
  }

  async counterPayment(): Promise<LostCase> {
    const shop = await this.world.payment.shop(null);
    const { attempt, transaction } = await made(this.world.payment.checkout(shop));
    const mark = unique('drawer ');
    return {
      token: shop.token,
      path: '/payments/system/ipn',
      body: { attempt: { id: attempt.id }, tendered: 100_000, note: mark },
      effect: ['"LedgerJournal" WHERE transaction_id = $1', transaction.id],
      mark,
    };
  }

  async subscription(): Promise<LostCase> {
    const shop = await this.world.payment.shop(null);
    return {
      token: shop.token,
      path: '/webhook-configs',
      body: { name: 'till', url: 'http://127.0.0.1:9/hook', eventTypes: WEBHOOK_EVENT_TYPES },
      effect: ['"WebhookConfig" WHERE merchant_id = $1', shop.merchantId],
      action: 'webhook-config.create',
    };
  }

  /** What is true of a transaction now is told to its subscriber again, as a new event. */
  async tellAgain(): Promise<LostCase> {
    const sale = await this.world.cashSale();
    const config = await made(
      this.world.payment.post(sale.shop, '/webhook-configs', {
        name: 'till',
        url: 'http://127.0.0.1:9/hook',
        eventTypes: ['mq-pay:transaction.settled'],
      }),
    );
    return {
      token: sale.shop.token,
      path: `/webhook-configs/${config.id}/replay`,
      body: { transactionId: sale.transactionId },
      effect: ['"WebhookDelivery" WHERE webhook_config_id = $1', config.id],
      action: 'webhook-config.replay-transaction',
    };
  }

  async replayDelivery(): Promise<LostCase> {
    const told = await this.tellAgain();
    await made(this.world.payment.post(told, told.path, told.body));
    const [row] = await this.world.payment.sql<{ id: string }>(
      `UPDATE "WebhookDelivery" SET status = 'DELIVERED', next_try_at = NULL WHERE webhook_config_id = $1 RETURNING id`,
      [told.effect[1]],
    );
    const id = row?.id ?? '';
    return {
      token: told.token,
      path: `/webhook-deliveries/${id}/replay`,
      body: {},
      effect: [`"WebhookDelivery" WHERE status = 'PENDING' AND id = $1`, id],
      action: 'webhook-delivery.replay',
    };
  }

  private act(sale: PaidSale, verb: string, body: object) {
    const path = `/operations/transactions/${sale.transactionId}/${verb}`;
    return { token: this.first.token, path, body, action: `transaction.${verb}` };
  }

  /** The same, as it is sent when a second person has approved it. */
  private async approved(asked: LostCase): Promise<LostCase> {
    const { approvalId } = await made(this.first.post(asked.path.replace('/operations', ''), asked.body));
    await made(this.second.approve(approvalId));
    return { ...asked, body: { ...asked.body, approvalId } };
  }

  private async pay({ shop }: PaidSale, txnId: string, amount = LIMIT): Promise<void> {
    await this.world.payment.ipn(shop, { txnId, amount, paidAtMs: now(), qrTrace: newTrace() });
    await this.world.processed(shop);
  }

  private async money({ shop }: PaidSale, verb: string, body: object): Promise<LostCase> {
    const { data } = await made(this.first.get(`/suspense?merchantId=${shop.merchantId}`));
    return {
      token: this.first.token,
      path: `/operations/suspense/${data[0]?.id}/${verb}`,
      body,
      effect: ['"OperatorEvidence" WHERE suspense_item_id = $1', data[0]?.id ?? ''],
      action: `suspense.${verb}`,
    };
  }

  /** A refund whose only try has come to its end, or to none. */
  private async triedRefund(answer: 'error' | 'refuse') {
    const sale = await this.world.qrSale();
    sale.vnpay.refund = answer;
    const { id, tries } = await made(this.world.refund(sale));
    await this.world.payment.app.get(WorkOnRefund).execute(tries[0]?.id ?? '');
    return { sale, refundId: String(id), tryId: String(tries[0]?.id) };
  }

  private async finding(verb: string, body: object, changed: string): Promise<LostCase> {
    const id = unique('F');
    await this.world.payment.sql(
      `INSERT INTO "Finding" (id, code, merchant_id, detail, created_at, modified_at)
       VALUES ($1, 'CONFLICTING_EVIDENCE', $2, 'd', now(), now())`,
      [id, unique('M')],
    );
    return {
      token: this.first.token,
      path: `/operations/findings/${id}/${verb}`,
      body,
      effect: [`"Finding" WHERE id = $1 AND ${changed}`, id],
      action: `finding.${verb}`,
    };
  }

  private async chargeback(verb: string, end: string, action: string): Promise<LostCase> {
    const opened = await this.openChargeback();
    const { id } = await made(this.world.payment.post(opened, opened.path, opened.body));
    return {
      token: verb === 'submit' ? opened.token : this.first.token,
      path: `${opened.path}/${id}/${verb}`,
      body: { evidence: `proof of ${verb}` },
      effect: [`"Chargeback" WHERE status = '${end}' AND id = $1`, id],
      action,
    };
  }
}

const approvalOf = ({ body }: LostCase): string => ('approvalId' in body ? String(body.approvalId) : '');
