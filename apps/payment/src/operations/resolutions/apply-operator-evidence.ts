import { Injectable } from '@nestjs/common';
import type { Decision, Evidence } from '@nx/mq-pay';
import { CallProvider } from '../../providers/call-provider';
import { ApplyProviderResult, type ProviderResult } from '../../transactions/apply-provider-result';
import type { Attempt, TransactionAggregate } from '../../transactions/transaction';
import { OperatorActs, type OperatorAct } from './operator-acts';

/** What came of evidence, in a word. */
export const outcomeOf = (decision: Decision): string => {
  if (decision.reversal !== undefined) return 'REVERSED';
  if (decision.appliedMinor > 0n) return 'APPLIED';
  if (decision.suspenseMinor > 0n) return 'SUSPENSE';
  return decision.attemptStatus ?? decision.ignore ?? 'NOTED';
};

const evidenceView = (evidence: Evidence): object => ({
  verdict: evidence.verdict,
  ...(evidence.finalStatus === undefined ? {} : { finalStatus: evidence.finalStatus }),
  ...(evidence.providerReference === undefined ? {} : { reference: evidence.providerReference }),
  ...(evidence.amountMinor === undefined ? {} : { amount: evidence.amountMinor.toString() }),
});

/** Evidence of a person takes the one way that all evidence takes; what it changes is kept with who said it. */
@Injectable()
export class ApplyOperatorEvidence {
  constructor(
    private readonly applying: ApplyProviderResult,
    private readonly calls: CallProvider,
    private readonly acts: OperatorActs,
  ) {}

  execute(aggregate: TransactionAggregate, attempt: Attempt, evidence: Evidence, act: OperatorAct): Promise<Decision> {
    const before = { transaction: aggregate.transaction.status, attempt: attempt.status };
    const alongside = this.acts.alongside(act, { before, after: evidenceView(evidence) });
    return this.apply(aggregate, attempt, evidence, { actorId: act.actor.userId, alongside });
  }

  /** Applies again what was said before; it is kept already. */
  repeat(aggregate: TransactionAggregate, attempt: Attempt, evidence: Evidence, actorId: string): Promise<Decision> {
    return this.apply(aggregate, attempt, evidence, { actorId });
  }

  private async apply(
    { transaction }: TransactionAggregate,
    attempt: Attempt,
    evidence: Evidence,
    by: Pick<ProviderResult, 'actorId' | 'alongside'>,
  ): Promise<Decision> {
    const { configuration } = await this.calls.credentialOf(attempt);
    return this.applying.execute({
      ...by,
      merchantId: transaction.merchantId,
      transactionId: transaction.id,
      attemptId: attempt.id,
      evidence,
      settlementModel: configuration.settlementModel,
    });
  }
}
