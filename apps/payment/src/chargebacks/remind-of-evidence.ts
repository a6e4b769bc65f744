import { Injectable } from '@nestjs/common';
import { toSafeNumber } from '@nx/money';
import { IdGenerator } from '@nx/reliable';
import { PaymentConfig } from '../payment.config';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import { operationsAlert } from '../transactions/payment-events';
import type { TransactionAggregate } from '../transactions/transaction';
import type { Chargeback } from './chargeback';
import { reminderState, type ReminderStage } from './reminder-stages';

/** What became of a look at a case: a reminder, or nothing where none is due (any more). */
export type ReminderOutcome = Exclude<ReminderStage, 'NOT_YET'> | 'NOTHING';

const MESSAGES = {
  NEAR: 'Evidence for a contested payment is due soon and nobody has said that it was sent.',
  PASSED: 'Evidence for a contested payment was due and nobody has said that it was sent.',
} as const;

/**
 * Reminds the merchant's people of the evidence for a case that nobody has answered, once for each stage: the reminder
 * and the time of the next one are one change. When the day has passed, the case is a finding for an operator.
 */
@Injectable()
export class RemindOfEvidence {
  private readonly beforeMs: readonly number[];

  constructor(
    private readonly changes: ChangeTransaction,
    private readonly ids: IdGenerator,
    config: PaymentConfig,
  ) {
    this.beforeMs = config.chargebacks.reminderMs;
  }

  /** Safe to repeat, and by many at once. Throws `payment.transaction.not_found`. */
  execute(transactionId: string, chargebackId: string): Promise<ReminderOutcome> {
    return this.changes.execute<ReminderOutcome>(transactionId, null, (aggregate, now) => {
      const chargeback = aggregate.chargebacks.find(({ id }) => id === chargebackId);
      const isDue = chargeback?.status === 'OPEN' && (chargeback.nextReminderAt ?? Infinity) <= now;
      if (chargeback === undefined || chargeback.dueAt === null || !isDue) return { result: 'NOTHING' };
      return this.remind(aggregate, chargeback, chargeback.dueAt, now);
    });
  }

  private remind(
    { transaction: before, attempts }: TransactionAggregate,
    chargeback: Chargeback,
    dueAt: number,
    now: number,
  ): Step<ReminderOutcome> {
    const { stage, nextAt } = reminderState(dueAt, this.beforeMs, now);
    const changed = {
      before,
      after: { ...before, version: before.version + 1 },
      changedChargeback: { ...chargeback, nextReminderAt: nextAt },
    };
    if (stage === 'NOT_YET') return { change: changed, result: 'NOTHING' };
    const { attemptId, chargebackReference } = chargeback;
    const due = new Date(dueAt).toISOString();
    const code = stage === 'PASSED' ? 'CHARGEBACK_DEADLINE_PASSED' : 'CHARGEBACK_DEADLINE_NEAR';
    const alert = {
      subject: `${before.uid} ${attempts.find(({ id }) => id === attemptId)?.uid ?? ''}`.trimEnd(),
      message: MESSAGES[stage],
      code,
      transactionId: before.id,
      chargebackId: chargeback.id,
      chargebackReference,
      dueAt: due,
      amount: toSafeNumber(chargeback.amount),
      currency: chargeback.currency,
    };
    const detail = `No evidence was submitted for case ${chargebackReference} until it was due, ${due}.`;
    const findings = stage === 'PASSED' ? [{ id: this.ids.next(), code, detail, attemptId }] : [];
    const events = [operationsAlert(this.ids.next(), before, alert, now)];
    return { change: { ...changed, findings, events }, result: stage };
  }
}
