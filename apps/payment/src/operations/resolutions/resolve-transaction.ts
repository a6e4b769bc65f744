import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import type { Clock } from '@nx/contracts';
import { Answer } from '@nx/http';
import type { Decision } from '@nx/mq-pay';
import { CLOCK } from '@nx/observability';
import { ApplyRefundResult } from '../../refunds/apply-refund-result';
import type { Attempt, TransactionAggregate } from '../../transactions/transaction';
import { transactionDetailView } from '../../transactions/transaction.view';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { ApplyOperatorEvidence, outcomeOf } from './apply-operator-evidence';
import type { ResolutionAnswer, ResolveTransactionRequest } from './evidence.dto';
import { LoadTransaction } from './load-transaction';
import { OperatorActs, type OperatorAct } from './operator-acts';
import { assertStuck, attemptInQuestion, evidenceOfOperator, refundEndOf } from './resolution-target';

/** Ends what nobody could prove, by what a person has seen; it goes the way of all evidence, so its order means nothing. */
@Injectable()
export class ResolveTransaction {
  constructor(
    private readonly loading: LoadTransaction,
    private readonly acts: OperatorActs,
    private readonly applying: ApplyOperatorEvidence,
    private readonly refunds: ApplyRefundResult,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws `payment.resolution.*`, `payment.approval.*`, `request.invalid` and not found. */
  async execute(
    name: string,
    request: ResolveTransactionRequest,
    actor: Actor,
  ): Promise<ResolutionAnswer | Answer<ApprovalRequired>> {
    const aggregate = await this.loading.execute(name);
    const attempt = attemptInQuestion(aggregate, request.attemptId);
    const act = actOf(aggregate, attempt, request, actor);
    // Whatever is wrong is said before a second person is troubled.
    const change = this.plan(attempt, act, request);
    const required = await this.acts.secondPersonFor(act);
    if (required !== undefined) return new Answer(202, required);
    const { outcome, findings } = await change(aggregate);
    const after = await this.loading.execute(aggregate.transaction.id);
    return { transaction: transactionDetailView(after), attemptId: attempt.id, outcome, findings: [...findings] };
  }

  private plan(attempt: Attempt, act: OperatorAct, request: ResolveTransactionRequest) {
    const now = this.clock.now();
    assertStuck(attempt, request.status, now);
    if (attempt.type === '300_REFUND') {
      const end = refundEndOf(request.status, request.evidence);
      return async ({
        transaction,
      }: TransactionAggregate): Promise<{ outcome: string; findings: readonly string[] }> => {
        const states = { before: { attempt: attempt.status }, after: { outcome: end.outcome } };
        const outcome = await this.refunds.execute({
          ...end,
          transactionId: transaction.id,
          attemptId: attempt.id,
          reason: 'OPERATOR',
          said: { actorId: act.actor.userId, alongside: this.acts.alongside(act, states) },
        });
        return { outcome, findings: [] };
      };
    }
    const evidence = evidenceOfOperator(request.status, request.evidence, now);
    return async (aggregate: TransactionAggregate): Promise<{ outcome: string; findings: readonly string[] }> => {
      const decision: Decision = await this.applying.execute(aggregate, attempt, evidence, act);
      return { outcome: outcomeOf(decision), findings: decision.findings };
    };
  }
}

const actOf = (
  { transaction }: TransactionAggregate,
  attempt: Attempt,
  { status, evidence, approvalId }: ResolveTransactionRequest,
  actor: Actor,
): OperatorAct => {
  const said = BigInt(evidence.amount ?? 0);
  return {
    operation: 'transaction.resolve',
    transaction,
    adjusts: [attempt.provider],
    payload: { transactionId: transaction.id, attemptId: attempt.id, status, evidence: { ...evidence } },
    actor,
    reason: evidence.source,
    amountMinor: said > attempt.amount ? said : attempt.amount,
    approvalId,
    attemptId: attempt.id,
    evidence: { status, ...evidence },
  };
};
