import { Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { decideChargebackMove, type ChargebackDecision } from '@nx/mq-pay';
import { AuditTrail, IdGenerator } from '@nx/reliable';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import type { Attempt, TransactionAggregate } from '../transactions/transaction';
import type { TransactionChange } from '../transactions/transaction-change';
import type { Chargeback } from './chargeback';
import { chargebackJournal } from './chargeback-posting';
import { alreadyEnded, chargebackNotFound } from './chargeback-problem';
import type { ChargebackView } from './chargeback.dto';
import { chargebackView } from './chargeback.view';

type Move = 'SUBMITTED' | 'WON' | 'LOST';

interface Moved {
  readonly view: ChargebackView;
  /** It had ended the other way: that is a finding, and nothing else changes. */
  readonly contradicts: boolean;
}

/** Our evidence goes to the provider, or the provider has decided. Each with what proves it, in the audit trail. */
@Injectable()
export class MoveChargeback {
  constructor(
    private readonly changes: ChangeTransaction,
    private readonly audit: AuditTrail,
    private readonly ids: IdGenerator,
  ) {}

  /**
   * The same again has no effect. `merchantId` null = an operator, for whoever's. Throws `payment.chargeback.not_found`
   * or `.ended`.
   */
  async execute(
    transactionId: string,
    chargebackId: string,
    to: Move,
    evidence: string,
    actor: Pick<Actor, 'userId'> & { readonly merchantId: string | null },
  ): Promise<ChargebackView> {
    const { view, contradicts } = await this.changes.execute(transactionId, actor.userId, (aggregate, now) => {
      const chargeback = aggregate.chargebacks.find(({ id }) => id === chargebackId);
      const foreign = actor.merchantId !== null && actor.merchantId !== aggregate.transaction.merchantId;
      if (chargeback === undefined || foreign) throw chargebackNotFound();
      return this.move(aggregate, chargeback, to, evidence, actor.userId, now);
    });
    if (contradicts) throw alreadyEnded(view.status);
    return view;
  }

  private move(
    aggregate: TransactionAggregate,
    chargeback: Chargeback,
    to: Move,
    evidence: string,
    actorId: string,
    now: number,
  ): Step<Moved> {
    const decision = decideChargebackMove({ status: chargeback.status, amountMinor: chargeback.amount }, to);
    const attempt = aggregate.attempts.find(({ id }) => id === chargeback.attemptId);
    if (attempt === undefined) throw new Error(`chargeback ${chargeback.id} has lost its attempt`);
    if (decision.ignore !== undefined) {
      const contradicts = decision.findings.length > 0 || (to === 'SUBMITTED' && chargeback.status !== to);
      const result = { view: chargebackView(chargeback), contradicts };
      if (decision.findings.length === 0) return { result };
      return { change: this.changeOf(aggregate, attempt, chargeback, chargeback, decision, now), result };
    }
    const after: Chargeback = {
      ...chargeback,
      status: to,
      nextReminderAt: null,
      ...(to === 'SUBMITTED' ? { evidence, submittedAt: now } : { outcomeEvidence: evidence, finishedAt: now }),
    };
    const change = this.changeOf(aggregate, attempt, chargeback, after, decision, now);
    const alongside: TransactionChange['alongside'] = (tx) =>
      this.audit.write(tx, {
        actorId,
        action: `chargeback.${to.toLowerCase()}`,
        entityType: 'Chargeback',
        entityId: chargeback.id,
        merchantId: chargeback.merchantId,
        reason: evidence,
        before: { status: chargeback.status },
        after: { status: to },
      });
    return { change: { ...change, alongside }, result: { view: chargebackView(after), contradicts: false } };
  }

  private changeOf(
    { transaction }: TransactionAggregate,
    attempt: Attempt,
    before: Chargeback,
    after: Chargeback,
    decision: ChargebackDecision,
    now: number,
  ): TransactionChange {
    const journals =
      decision.posting === undefined
        ? []
        : [
            {
              ...chargebackJournal(after, attempt, decision.posting),
              id: this.ids.next(),
              attemptId: attempt.id,
            },
          ];
    return {
      before: transaction,
      after: {
        ...transaction,
        chargedBack: transaction.chargedBack + decision.chargedBackMinor,
        version: transaction.version + 1,
      },
      ...(before === after ? {} : { changedChargeback: after }),
      journals,
      findings: decision.findings.map((code) => ({
        id: this.ids.next(),
        code,
        detail: `Chargeback ${after.chargebackReference} is ${after.status}; somebody said the opposite at ${new Date(now).toISOString()}.`,
        attemptId: attempt.id,
      })),
    };
  }
}
