import { decideChargebackMove, decideChargebackOpening } from '../chargebacks/decide-chargeback';
import { AFTER_END, asked, EXPIRES_AT, paid, reversed } from '../evidence/evidence.fixture';
import { decideUnblock } from '../evidence/unblock';
import type { PostingContext } from '../posting/instrument';
import { applyRefundDecision, decideRefundResult } from '../refunds/decide-refund-result';
import { decideRefundOpening, decideRefundRetry, openSuspenseRefund } from '../refunds/open-refund';
import type { RefundSource } from '../refunds/refund';
import { decideAutomaticRefund } from '../refunds/refund-suspense';
import { canTransition } from '../states/machine';
import { isOpenAttempt, TRANSACTION_MACHINE } from '../states/machines';
import { leftOf, rules } from './shop.fixture';
import type { Shop, ShopAttempt, ShopRefund } from './shop.fixture';

/** Three numbers that an event reads as it likes: which one, which way, how much. */
export type Dice = readonly [which: number, way: number, much: number];

const base = { merchantId: 'M', currency: 'VND' } as const;
const CASH: PostingContext = { ...base, provider: 'SYSTEM', method: '000_CASH', settlementModel: 'DIRECT' };
const TRANSFER: PostingContext = { ...CASH, method: '200_BANK_TRANSFER' };
const DIRECT: PostingContext = { ...base, provider: 'VNPAY_QR_MMS', method: '100_QR_CODE', settlementModel: 'DIRECT' };
const PLATFORM: PostingContext = {
  ...DIRECT,
  provider: 'VNPAY_GATEWAY',
  method: '300_GATEWAY',
  settlementModel: 'PLATFORM',
};
const VIETQR: PostingContext = { ...DIRECT, provider: 'VIETQR' };
const CONTEXTS = [PLATFORM, DIRECT, PLATFORM, VIETQR, CASH, TRANSFER] as const;

const pick = <Item>(items: readonly Item[], index: number): Item | undefined => items[index % items.length];
const amountOf = (much: number): bigint => BigInt((much % 9) + 1) * 10n;

function attemptsOf(shop: Shop): readonly ShopAttempt[] {
  return shop.sales.flatMap((sale) => sale.attempts);
}

function checkout(shop: Shop, [which, way, much]: Dice): void {
  const first = amountOf(much);
  const second = amountOf(way);
  const contexts = [pick(CONTEXTS, which) ?? CASH, pick(CONTEXTS, which + way) ?? CASH];
  // Sometimes less is due than is asked for in sum, as when two tills try at once: then there is a surplus.
  const totalMinor = much % 4 === 0 ? first : first + second;
  const amounts = way % 3 === 0 ? [first] : [first, second];
  shop.checkout(
    totalMinor,
    amounts.map((amountMinor, index) => ({ amountMinor, context: contexts[index] ?? CASH })),
  );
}

function pay(shop: Shop, [which, way, much]: Dice): void {
  const attempt = pick(attemptsOf(shop), which);
  if (attempt === undefined) return;
  const { amountMinor } = attempt.state;
  const providerReference = `${attempt.id}-${way % 3}`;
  if (attempt.context.provider === 'SYSTEM') {
    shop.hear(attempt, paid({ source: 'COUNTER', amountMinor, providerReference: attempt.id }));
    return;
  }
  const exact = paid({ amountMinor, providerReference });
  const { paidAtMs: _unknown, ...timeless } = { ...exact, receivedAtMs: AFTER_END };
  const kinds = [
    exact,
    exact,
    exact,
    { ...exact, paidAtMs: AFTER_END },
    { ...exact, amountMinor: amountMinor + 5n },
    timeless,
  ];
  shop.hear(attempt, pick(kinds, much) ?? exact);
}

function expire(shop: Shop, [which, way]: Dice): void {
  const attempt = pick(attemptsOf(shop), which);
  if (attempt === undefined || attempt.context.provider === 'SYSTEM') return;
  const doubt = { source: 'IPN', verdict: 'IN_DOUBT', signed: true, receivedAtMs: EXPIRES_AT } as const;
  shop.hear(attempt, pick([asked(), asked({ verdict: 'NO_ANSWER' }), doubt], way) ?? doubt);
}

function reverse(shop: Shop, [which, way]: Dice): void {
  const attempt = pick(attemptsOf(shop), which);
  if (attempt === undefined || attempt.context.provider === 'SYSTEM') return;
  shop.hear(attempt, reversed({ providerReference: `${attempt.id}-${way % 3}` }));
}

function cancel(shop: Shop, [which]: Dice): void {
  const sale = pick(shop.sales, which);
  if (sale === undefined || sale.attempts.some(({ state }) => state.status === '000_UNKNOWN')) return;
  shop.cancelOpen(sale);
  if (sale.transaction.status === '100_NEW') sale.transaction = { ...sale.transaction, status: '505_CANCELLED' };
}

function blockOrUnblock(shop: Shop, [which]: Dice): void {
  const sale = pick(shop.sales, which);
  if (sale === undefined) return;
  if (canTransition(TRANSACTION_MACHINE, sale.transaction.status, '403_BLOCKED')) {
    sale.transaction = { ...sale.transaction, status: '403_BLOCKED' };
    return;
  }
  if (sale.transaction.status !== '403_BLOCKED') return;
  const items = shop.items.filter(({ attempt }) => attempt.sale === sale);
  const waiting = items.map((item) => ({
    suspenseItemId: item.id,
    attemptId: item.attempt.id,
    attemptIsPaid: shop.stateOf(item.attempt).attempt.payments.some(({ appliedMinor }) => appliedMinor > 0n),
    suspenseMinor: leftOf(item),
    finding: item.finding,
    paidAtMs: item.paidAtMs,
  }));
  const { transactionStatus, acceptances, settles } = decideUnblock(sale.transaction, waiting);
  const acceptedMinor = acceptances.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  sale.transaction = {
    ...sale.transaction,
    status: transactionStatus,
    paidMinor: sale.transaction.paidMinor + acceptedMinor,
  };
  for (const { suspenseItemId, amountMinor } of acceptances) {
    const item = items.find(({ id }) => id === suspenseItemId);
    if (item !== undefined) {
      shop.accept(item, amountMinor);
      item.attempt.state = { ...item.attempt.state, providerReference: item.reference };
    }
  }
  if (settles) shop.cancelOpen(sale);
}

function openRefund(shop: Shop, [which, way, much]: Dice): void {
  const sale = pick(shop.sales, which);
  if (sale === undefined) return;
  const byHand = pick(['ORIGINAL', 'ORIGINAL', 'CASH', 'BANK_TRANSFER'] as const, way) ?? 'ORIGINAL';
  const amountMinor = amountOf(much);
  const opening = decideRefundOpening(circumstancesOf(shop, sale), { amountMinor, instrument: byHand, evidence: 'E' });
  const attempt = sale.attempts.find(({ id }) => opening.accepted && id === opening.attemptId);
  if (opening.accepted && attempt !== undefined) {
    shop.openRefund(attempt, null, amountMinor, opening.decision, instrumentOf(attempt, byHand));
  }
}

function circumstancesOf(shop: Shop, sale: ShopAttempt['sale']) {
  return {
    transaction: sale.transaction,
    attempts: sale.attempts.map((attempt) => shop.refundable(attempt)),
    hasOpenAttempts: sale.attempts.some(({ state }) => isOpenAttempt(state.status)),
    hasOpenChargeback: shop.hasOpenChargeback(sale),
  };
}

function instrumentOf(attempt: ShopAttempt, by: 'ORIGINAL' | 'CASH' | 'BANK_TRANSFER'): PostingContext {
  return by === 'ORIGINAL' ? attempt.context : by === 'CASH' ? CASH : TRANSFER;
}

function hearOfRefund(shop: Shop, [which, way, much]: Dice): void {
  const refund = pick(shop.refunds, which);
  if (refund === undefined) return;
  const outcome =
    pick(['SUCCEEDED', 'REFUSED', 'UNKNOWN', 'ACCEPTED', 'SUCCEEDED', 'REFUSED'] as const, way) ?? 'UNKNOWN';
  const tryNumber = (much % refund.state.tries.length) + 1;
  const { attempt, item, state } = refund;
  const source: RefundSource =
    item === null
      ? { kind: 'SALE', transaction: attempt.sale.transaction, attempt: shop.refundable(attempt) }
      : { kind: 'SUSPENSE', item };
  const decision = decideRefundResult(state, source, { tryNumber, outcome });
  refund.state = applyRefundDecision(state, decision, tryNumber);
  shop.count(attempt, item, decision);
  const by = refund.instruments.get(tryNumber) ?? attempt.context;
  const posting = { ...by, refundId: refund.id, tryNumber, amountMinor: state.amountMinor };
  const { payableAvailableMinor } = shop;
  if (decision.posting === 'SUCCEEDED') shop.write(attempt.sale, rules.postRefundSucceeded(posting));
  if (decision.posting === 'FAILED')
    shop.write(attempt.sale, rules.postRefundFailed({ ...posting, opened: refund.opened }));
  if (decision.late !== undefined) {
    const late = { ...posting, ...decision.late, payableAvailableMinor };
    shop.write(attempt.sale, rules.postRefundSucceededAfterFailure(late));
  }
}

function retryRefund(shop: Shop, [which, way]: Dice): void {
  const refund = pick(shop.refunds, which);
  if (refund === undefined) return;
  const { attempt, item, state } = refund;
  const by = pick(['ORIGINAL', 'CASH', 'BANK_TRANSFER'] as const, way) ?? 'ORIGINAL';
  const tryNumber = state.tries.length + 1;
  const decision = item === null ? retryOfSale(shop, refund, by) : retryOfItem(shop, refund);
  if (decision === null) return;
  const instrument = item === null ? instrumentOf(attempt, by) : attempt.context;
  refund.opened = shop.postOpened(refund.id, tryNumber, attempt, item, state.amountMinor, instrument);
  refund.instruments.set(tryNumber, instrument);
  refund.state = applyRefundDecision(state, decision, tryNumber);
  shop.count(attempt, item, decision);
}

function retryOfSale(shop: Shop, { attempt, state }: ShopRefund, instrument: 'ORIGINAL' | 'CASH' | 'BANK_TRANSFER') {
  const terms = { attemptId: attempt.id, instrument, evidence: 'E' };
  const opening = decideRefundRetry(state, circumstancesOf(shop, attempt.sale), terms);
  return opening.accepted ? opening.decision : null;
}

function retryOfItem(shop: Shop, { attempt, item, state }: ShopRefund) {
  const blocked = attempt.sale.transaction.status === '403_BLOCKED' || shop.refundable(attempt).hasRefundInFlight;
  return item === null || blocked || state.status !== 'FAILED'
    ? null
    : openSuspenseRefund(item, state.amountMinor, 'SENT');
}

function refundSuspense(shop: Shop, [which]: Dice): void {
  const item = pick(shop.items, which);
  if (item === undefined) return;
  const { attempt } = item;
  const refund = decideAutomaticRefund({
    item,
    autoRefund: true,
    automaticRefundOpened: item.automaticRefunds > 0,
    transactionStatus: attempt.sale.transaction.status,
    hasOpenChargeback: shop.hasOpenChargeback(attempt.sale),
    hasRefundInFlight: shop.refundable(attempt).hasRefundInFlight,
  });
  if (!refund.opens) return;
  item.automaticRefunds += 1;
  shop.openRefund(attempt, item, refund.amountMinor, refund.decision, attempt.context);
}

function contest(shop: Shop, [which, way, much]: Dice): void {
  const attempt = pick(attemptsOf(shop), which);
  if (attempt === undefined || !['VNPAY_QR_MMS', 'VNPAY_GATEWAY'].includes(attempt.context.provider)) return;
  const amountMinor = way % 2 === 0 ? attempt.state.amountMinor : amountOf(much);
  const { sale, context } = attempt;
  const earlier = shop.chargebacks.filter((each) => each.attempt === attempt && each.status !== 'WON');
  const contestedMinor = earlier.reduce((sum, each) => sum + each.amountMinor, 0n);
  const opening = decideChargebackOpening(
    sale.transaction,
    { ...shop.refundable(attempt), contestedMinor },
    amountMinor,
  );
  if (!opening.accepted) return;
  const { transaction } = sale;
  sale.transaction = { ...transaction, chargedBackMinor: transaction.chargedBackMinor + opening.chargedBackMinor };
  const { payableAvailableMinor } = shop;
  const id = shop.id();
  const posting = { ...context, chargebackId: id, amountMinor, payableAvailableMinor };
  const opened = shop.write(sale, rules.postChargebackOpened(posting));
  shop.chargebacks.push({ id, attempt, amountMinor, opened, status: 'OPEN' });
}

function judgeChargeback(shop: Shop, [which, way]: Dice): void {
  const chargeback = pick(shop.chargebacks, which);
  if (chargeback === undefined) return;
  const { attempt, opened, amountMinor, id } = chargeback;
  const decision = decideChargebackMove(chargeback, pick(['WON', 'LOST', 'SUBMITTED'] as const, way) ?? 'WON');
  chargeback.status = decision.status ?? chargeback.status;
  const { transaction } = attempt.sale;
  attempt.sale.transaction = {
    ...transaction,
    chargedBackMinor: transaction.chargedBackMinor + decision.chargedBackMinor,
  };
  const posting = { ...attempt.context, chargebackId: id, amountMinor };
  if (decision.posting === 'WON') shop.write(attempt.sale, rules.postChargebackWon({ ...posting, opened }));
  if (decision.posting === 'LOST') shop.write(attempt.sale, rules.postChargebackLost(posting));
}

/** A batch takes everything that the provider owes at that moment, less its fee; then the bank shows it or nearly so. */
function settle(shop: Shop, [which, way, much]: Dice): string | undefined {
  const context = which % 2 === 0 ? PLATFORM : DIRECT;
  const { provider } = context;
  const owed = shop.balanceWith('PROVIDER_RECEIVABLE', provider);
  const feeMinor = BigInt(much % 4);
  if (owed === feeMinor) return;
  const settlement = { ...context, settlementId: shop.id() };
  const { payableAvailableMinor } = shop;
  if (feeMinor > 0n) {
    shop.write(null, rules.postFeeCharged({ ...settlement, feeMinor, vatMinor: 0n }));
    shop.write(null, rules.postFeeRecharged({ ...settlement, feeMinor, vatMinor: 0n, payableAvailableMinor }));
  }
  const netMinor = owed - feeMinor;
  shop.write(null, rules.postSettlementReported({ ...settlement, netMinor }));
  const bankedMinor = netMinor + BigInt(way % 3) - 1n;
  shop.write(null, rules.postSettlementBanked({ ...settlement, statementReference: 'B', netMinor, bankedMinor }));
  return provider;
}

function payOut(shop: Shop, [which, way, much]: Dice): void {
  const payout = pick(shop.payouts, which);
  if (payout === undefined || way % 3 === 0) {
    const nettedMinor = shop.balance('MERCHANT_RECEIVABLE');
    const { payableAvailableMinor } = shop;
    const free = payableAvailableMinor - nettedMinor;
    if (free <= 0n) return;
    const amountMinor = much % 2 === 0 ? free : (free + 1n) / 2n;
    const posting = { ...base, payoutId: shop.id(), amountMinor, nettedMinor, payableAvailableMinor };
    shop.write(null, rules.postPayoutReserved(posting));
    shop.payouts.push({ id: posting.payoutId, amountMinor, status: 'OPEN' });
    return;
  }
  const posting = { ...base, payoutId: payout.id, amountMinor: payout.amountMinor };
  if (payout.status === 'OPEN') {
    payout.status = way % 3 === 1 ? 'PAID' : 'FAILED';
    shop.write(null, payout.status === 'PAID' ? rules.postPayoutPaid(posting) : rules.postPayoutFailed(posting));
  } else if (payout.status === 'PAID') {
    payout.status = 'RETURNED';
    shop.write(null, rules.postPayoutReturned(posting));
  }
}

function bankCash(shop: Shop, [, way]: Dice): void {
  const drawerMinor = shop.balance('CASH_DRAWER');
  if (drawerMinor <= 0n) return;
  const bankedMinor = drawerMinor + BigInt(way % 3) - 1n;
  shop.write(null, rules.postCashBanked({ ...base, depositId: shop.id(), drawerMinor, bankedMinor }));
}

function proveTransfer(shop: Shop, [which]: Dice): void {
  const attempt = pick(attemptsOf(shop), which);
  if (attempt === undefined || attempt.claimedMinor === 0n) return;
  const posting = { ...base, attemptId: attempt.id, statementReference: 'B', amountMinor: attempt.claimedMinor };
  shop.write(attempt.sale, rules.postBankClaimProven(posting));
  attempt.claimedMinor = 0n;
}

function adjustAndCorrect(shop: Shop, [, , much]: Dice): void {
  const id = shop.id();
  const difference = { type: 'CASH_OVER_SHORT', merchantId: 'M' } as const;
  const lines = [
    ['DEBIT', { type: 'ADJUSTMENT', reason: 'drawer' }, amountOf(much)],
    ['CREDIT', difference, amountOf(much)],
  ] as const;
  const posting = { adjustmentId: id, currency: 'VND', lines, madeBy: 'U1', approvedBy: 'U2' };
  const journal = shop.write(null, rules.postAdjustment(posting));
  if (much % 2 === 0) shop.write(null, rules.postCorrection({ journalId: id, journal }));
}

/** Everything that can happen to a shop. `settle` answers with the provider whose batch it closed. */
export const EVENTS = {
  checkout,
  pay,
  expire,
  reverse,
  cancel,
  blockOrUnblock,
  openRefund,
  hearOfRefund,
  retryRefund,
  refundSuspense,
  contest,
  judgeChargeback,
  settle,
  payOut,
  bankCash,
  proveTransfer,
  adjustAndCorrect,
} as const;
