import { Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import type { OnceRequest } from '@nx/http';
import { toSafeNumber } from '@nx/money';
import { decideChargebackOpening, type ChargebackOpening } from '@nx/mq-pay';
import { isUniqueViolation, type Tx } from '@nx/persistence';
import { IdempotencyStore, IdGenerator } from '@nx/reliable';
import { PaymentConfig } from '../payment.config';
import { providerOf } from '../providers/call-provider';
import { ProviderCredentials } from '../providers/provider-credentials';
import { ownTransaction } from '../refunds/own-transaction';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import { operationsAlert, paymentEvent } from '../transactions/payment-events';
import { paymentStateOf } from '../transactions/payment-state';
import type { Attempt, Transaction, TransactionAggregate } from '../transactions/transaction';
import type { TransactionChange } from '../transactions/transaction-change';
import type { Chargeback } from './chargeback';
import { chargebackJournal } from './chargeback-posting';
import { referenceUsed, refusedChargeback } from './chargeback-problem';
import type { ChargebackView, OpenChargebackRequest } from './chargeback.dto';
import { chargebackView } from './chargeback.view';
import { firstReminder } from './reminder-stages';

/** Who opens a case, and the key under which his answer is kept with it. */
interface Opener {
  readonly id: string;
  readonly key: OnceRequest | undefined;
}

const AFTER_REFUND = 'Contested although money went back or is on its way: contest it with the evidence of the refund.';

/** A provider tells that a buyer contests a payment: what he wants back counts as gone until it is decided. */
@Injectable()
export class OpenChargeback {
  constructor(
    private readonly changes: ChangeTransaction,
    private readonly credentials: ProviderCredentials,
    private readonly ids: IdGenerator,
    private readonly keys: IdempotencyStore,
    private readonly config: PaymentConfig,
  ) {}

  /** Throws `payment.chargeback.*` and not found; a case of a provider is opened once, ever. */
  async execute(
    transactionId: string,
    request: OpenChargebackRequest,
    actor: MerchantActor,
    key?: OnceRequest,
  ): Promise<ChargebackView> {
    try {
      return await this.changes.execute(transactionId, actor.userId, (aggregate, now) =>
        this.open(ownTransaction(aggregate, actor.merchantId), request, { id: actor.userId, key }, now),
      );
    } catch (error) {
      if (isUniqueViolation(error, 'chargeback_reference')) throw referenceUsed(request.chargebackReference);
      throw error;
    }
  }

  private async open(
    aggregate: TransactionAggregate,
    request: OpenChargebackRequest,
    actor: Opener,
    now: number,
  ): Promise<Step<ChargebackView>> {
    const known = knownCase(aggregate, request);
    // Said first: what this very case contests already is no longer there to be contested.
    if (known !== undefined) throw referenceUsed(request.chargebackReference, known);
    const { attempt, opening } = contested(aggregate, request);
    const { transaction } = aggregate;
    const { configuration } = await this.credentials.ofAttempt(providerOf(attempt.provider), attempt.credentialId);
    const dueAt = request.dueAt === undefined ? null : Date.parse(request.dueAt);
    const chargeback: Chargeback = {
      id: this.ids.next(),
      transactionId: transaction.id,
      merchantId: transaction.merchantId,
      attemptId: attempt.id,
      provider: attempt.provider,
      chargebackReference: request.chargebackReference,
      amount: BigInt(request.amount),
      currency: transaction.currency,
      reason: request.reason,
      status: 'OPEN',
      settlementModel: configuration.settlementModel,
      ownerAvailable: availableOf(transaction),
      dueAt,
      nextReminderAt: firstReminder(dueAt, this.config.chargebacks.reminderMs, now),
      evidence: null,
      submittedAt: null,
      outcomeEvidence: null,
      finishedAt: null,
      createdAt: now,
      createdBy: actor.id,
    };
    const result = chargebackView(chargeback);
    const alongside = (tx: Tx): Promise<void> => this.keys.remember(tx, actor.key, result);
    return { change: { ...this.changeOf(aggregate, attempt, chargeback, opening, now), alongside }, result };
  }

  private changeOf(
    aggregate: TransactionAggregate,
    attempt: Attempt,
    chargeback: Chargeback,
    opening: Extract<ChargebackOpening, { accepted: true }>,
    now: number,
  ): TransactionChange {
    const before = aggregate.transaction;
    const after: Transaction = {
      ...before,
      chargedBack: before.chargedBack + opening.chargedBackMinor,
      version: before.version + 1,
    };
    const journal = chargebackJournal(chargeback, attempt, 'OPENED');
    const findings = opening.findings.map((code) => ({
      id: this.ids.next(),
      code,
      detail: `${AFTER_REFUND} Case ${chargeback.chargebackReference}.`,
      attemptId: attempt.id,
    }));
    const alert = {
      subject: `${after.uid} ${attempt.uid}`,
      message: findings.length > 0 ? AFTER_REFUND : 'A buyer contests a payment with his bank; send evidence in time.',
      code: 'CHARGEBACK_OPENED',
      transactionId: after.id,
      chargebackId: chargeback.id,
      chargebackReference: chargeback.chargebackReference,
      dueAt: chargeback.dueAt === null ? null : new Date(chargeback.dueAt).toISOString(),
      amount: toSafeNumber(chargeback.amount),
      currency: chargeback.currency,
    };
    return {
      before,
      after,
      newChargeback: chargeback,
      journals: [{ ...journal, id: this.ids.next(), attemptId: attempt.id }],
      findings,
      events: [
        paymentEvent(
          this.ids.next(),
          { type: 'mq-pay:chargeback.opened', transaction: after, attempt, chargeback },
          now,
        ),
        operationsAlert(this.ids.next(), after, alert, now),
      ],
    };
  }
}

/** The case as it was opened before; another provider may give the same reference to a case about another attempt. */
const knownCase = (
  { chargebacks }: TransactionAggregate,
  { chargebackReference, attemptId }: OpenChargebackRequest,
): Chargeback | undefined =>
  chargebacks.find(
    (known) =>
      known.chargebackReference === chargebackReference && (attemptId === undefined || attemptId === known.attemptId),
  );

/** What is left of the sale: only so much can be in custody. */
const availableOf = ({ paid, refunded, refundReserved, chargedBack }: Transaction): bigint => {
  const left = paid - refunded - refundReserved - chargedBack;
  return left > 0n ? left : 0n;
};

/** The named attempt, else the last one that bears the amount. Counter money is with no provider who could take it. */
const contested = (
  aggregate: TransactionAggregate,
  request: OpenChargebackRequest,
): { readonly attempt: Attempt; readonly opening: Extract<ChargebackOpening, { accepted: true }> } => {
  let problem: Extract<ChargebackOpening, { accepted: false }>['problem'] = 'NOTHING_TO_CONTEST';
  for (const attempt of aggregate.attempts.toReversed()) {
    const named = request.attemptId === undefined || request.attemptId === attempt.id;
    if (!named || attempt.type !== '100_PAYMENT' || ['SYSTEM', 'VIETQR'].includes(attempt.provider)) continue;
    const opening = decideChargebackOpening(
      paymentStateOf(aggregate, attempt).transaction,
      { status: attempt.status, appliedMinor: attempt.appliedAmount, contestedMinor: contestedOf(aggregate, attempt) },
      BigInt(request.amount),
    );
    if (opening.accepted) return { attempt, opening };
    if (opening.problem === 'MORE_THAN_PAID') problem = opening.problem;
  }
  throw refusedChargeback(problem);
};

const contestedOf = ({ chargebacks }: TransactionAggregate, attempt: Attempt): bigint =>
  chargebacks
    .filter(({ attemptId, status }) => attemptId === attempt.id && status !== 'WON')
    .reduce((sum, { amount }) => sum + amount, 0n);
