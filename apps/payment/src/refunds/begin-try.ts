import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import { decideRefundResult, PROVIDERS, type RefundDecision, type SettlementModel } from '@nx/mq-pay';
import { JOB_QUEUE, type JobQueue } from '@nx/queue';
import { IdGenerator } from '@nx/reliable';
import type { PaymentJobs } from '../jobs';
import type { FreezeSubject } from '../operations/freezes/freeze';
import { Freezes } from '../operations/freezes/freezes';
import { providerOf } from '../providers/call-provider';
import { ProviderCredentials } from '../providers/provider-credentials';
import type { Attempt, SuspenseItem, Transaction, TransactionAggregate } from '../transactions/transaction';
import type { TransactionChange } from '../transactions/transaction-change';
import type { Refund } from './refund';
import { sourceOf } from './refund-state';
import { isPaidByPeople, newTry } from './refund-try';
import { changeOf, takeDecision, type RefundWork } from './refund-work';

export interface Beginning {
  readonly refund: Refund;
  readonly paid: Attempt;
  readonly item: SuspenseItem | undefined;
  readonly tryNumber: number;
  readonly decision: RefundDecision;
  readonly actorId: string | null;
  readonly now: number;
}

export interface Begun {
  readonly change: TransactionChange;
  readonly refund: Refund;
  readonly attempt: Attempt;
}

/** The first half of every try: the money is taken aside, and the try waits for its worker or is paid over the counter. */
@Injectable()
export class BeginTry {
  constructor(
    private readonly credentials: ProviderCredentials,
    private readonly freezes: Freezes,
    private readonly ids: IdGenerator,
    @Inject(JOB_QUEUE) private readonly jobs: JobQueue<PaymentJobs>,
  ) {}

  /**
   * Without effect of its own. Throws `payment.refund.by_hand_only` where the provider gives nothing back, and
   * `payment.frozen`.
   */
  async plan(aggregate: TransactionAggregate, beginning: Beginning): Promise<Begun> {
    const { refund, paid, tryNumber, decision, now } = beginning;
    const people = isPaidByPeople(paid, refund.byHand);
    if (!people && PROVIDERS.get(paid.provider)?.capabilities.refund !== true) {
      throw new AppError({
        code: 'payment.refund.by_hand_only',
        detail: `${paid.provider} gives nothing back by itself.`,
        errors: [{ pointer: '/refundToOriginalMethod', detail: 'send false, with evidence' }],
      });
    }
    const current = newTry({
      id: this.ids.next(),
      refund,
      paid,
      byHand: refund.byHand,
      evidence: refund.evidence,
      settlementModel: await this.settlementModel(paid, people),
      actorId: beginning.actorId,
      now,
      random: randomBytes,
    });
    const { transaction } = aggregate;
    const freezeEpoch = await this.freezes.pass(refundSubject(transaction, current));
    const { item } = beginning;
    const untouched: RefundWork = {
      transaction,
      paid,
      item: item === undefined ? undefined : { ...item, autoRefundAt: null },
      refund,
      current,
      tryNumber,
      journals: [],
      findings: [],
    };
    const opened = takeDecision(untouched, decision, now);
    const work = people ? paidAtOnce(aggregate, opened, now) : opened;
    const change = changeOf(aggregate, work, { nextId: () => this.ids.next(), now });
    return { change: { ...change, freezeEpoch }, refund: work.refund, attempt: work.current };
  }

  /** Wakes the worker of a try that waits for one. The sweeper finds it too, later. */
  nudge(attempt: Attempt | undefined): void {
    if (attempt === undefined || attempt.nextQueryAt === null) return;
    void this.jobs.add('work-on-refund', { attemptId: attempt.id }, { jobId: `refund-${attempt.id}` });
  }

  private async settlementModel(paid: Attempt, people: boolean): Promise<SettlementModel> {
    if (people) return 'DIRECT';
    const { configuration } = await this.credentials.ofAttempt(providerOf(paid.provider), paid.credentialId);
    return configuration.settlementModel;
  }
}

/** The try as freezes see it; `current` says through whom the money goes. */
export const refundSubject = ({ merchantId, organizerId }: Transaction, current: Attempt): FreezeSubject => ({
  operation: 'REFUND',
  provider: current.provider,
  merchantId,
  organizerId,
});

/** People hand the money over and then say so: the try has succeeded in the moment in which it is known. */
const paidAtOnce = (aggregate: TransactionAggregate, work: RefundWork, now: number): RefundWork => {
  const { refund, current, tryNumber } = work;
  const earlier = aggregate.attempts.filter(({ refundId }) => refundId === refund.id).length;
  const tries = Array.from({ length: earlier + 1 }, (_, index) => ({
    tryNumber: index + 1,
    status: index === earlier ? ('SENT' as const) : ('FAILED' as const),
  }));
  const state = { status: refund.status, amountMinor: refund.amount, tries };
  const after: TransactionAggregate = {
    ...aggregate,
    transaction: work.transaction,
    attempts: [...aggregate.attempts.map((attempt) => (attempt.id === work.paid.id ? work.paid : attempt)), current],
  };
  return takeDecision(
    work,
    decideRefundResult(state, sourceOf(after, refund), { tryNumber, outcome: 'SUCCEEDED' }),
    now,
  );
};
