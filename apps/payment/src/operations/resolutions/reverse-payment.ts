import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import type { Clock } from '@nx/contracts';
import { Answer } from '@nx/http';
import type { Evidence } from '@nx/mq-pay';
import { CLOCK } from '@nx/observability';
import { bookedPayments } from '../../transactions/payment-state';
import type { Attempt, TransactionAggregate } from '../../transactions/transaction';
import { transactionDetailView } from '../../transactions/transaction.view';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { ApplyOperatorEvidence, outcomeOf } from './apply-operator-evidence';
import type { ResolutionAnswer, WithEvidence } from './evidence.dto';
import { LoadTransaction } from './load-transaction';
import { OperatorActs, type OperatorAct } from './operator-acts';
import { attemptInQuestion, namedAttempt, reversalOfOperator } from './resolution-target';

/** Books that a provider took a payment back. Only a report or a person with evidence proves it. */
@Injectable()
export class ReversePayment {
  constructor(
    private readonly loading: LoadTransaction,
    private readonly acts: OperatorActs,
    private readonly applying: ApplyOperatorEvidence,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws `payment.resolution.*`, `payment.approval.*`, `request.invalid` and not found. */
  async execute(
    name: string,
    request: WithEvidence,
    actor: Actor,
  ): Promise<ResolutionAnswer | Answer<ApprovalRequired>> {
    const aggregate = await this.loading.execute(name);
    const evidence = reversalOfOperator(request.evidence, this.clock.now());
    const attempt = attemptOf(aggregate, evidence.providerReference ?? '', request.attemptId);
    const act = actOf(aggregate, attempt, request, actor, mostOf(aggregate, attempt, evidence));
    const required = await this.acts.secondPersonFor(act);
    if (required !== undefined) return new Answer(202, required);
    const decision = await this.applying.execute(aggregate, attempt, evidence, act);
    const after = await this.loading.execute(aggregate.transaction.id);
    return {
      transaction: transactionDetailView(after),
      attemptId: attempt.id,
      outcome: outcomeOf(decision),
      findings: [...decision.findings],
    };
  }
}

/** The attempt on which the reversed payment is booked; one that nobody has heard of yet must be named. */
const attemptOf = (aggregate: TransactionAggregate, reference: string, name: string | undefined): Attempt => {
  const booked = aggregate.attempts.find((attempt) =>
    bookedPayments(attempt, aggregate.suspense).some(({ providerReference }) => providerReference === reference),
  );
  return booked === undefined ? attemptInQuestion(aggregate, name) : namedAttempt(aggregate, booked.id);
};

/** The most that it can be about: a payment in suspense may be larger than what its attempt asked for. */
const mostOf = (
  { suspense }: TransactionAggregate,
  attempt: Attempt,
  { providerReference, amountMinor = 0n }: Evidence,
): bigint => {
  const booked = bookedPayments(attempt, suspense).find((payment) => payment.providerReference === providerReference);
  const amounts = [attempt.amount, amountMinor, booked?.amountMinor ?? 0n];
  return amounts.reduce((most, amount) => (amount > most ? amount : most));
};

const actOf = (
  { transaction }: TransactionAggregate,
  attempt: Attempt,
  { evidence, approvalId }: WithEvidence,
  actor: Actor,
  amountMinor: bigint,
): OperatorAct => ({
  operation: 'transaction.reverse',
  transaction,
  adjusts: [attempt.provider],
  payload: { transactionId: transaction.id, attemptId: attempt.id, evidence: { ...evidence } },
  actor,
  reason: evidence.source,
  amountMinor,
  approvalId,
  attemptId: attempt.id,
  evidence: { ...evidence },
});
