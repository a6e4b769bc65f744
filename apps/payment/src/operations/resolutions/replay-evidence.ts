import { Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import { Answer, type IdempotencyRun } from '@nx/http';
import { Database } from '@nx/persistence';
import { IdempotencyStore } from '@nx/reliable';
import { ProcessIpn } from '../../ipn/process-ipn';
import type { Transaction, TransactionAggregate } from '../../transactions/transaction';
import { transactionDetailView } from '../../transactions/transaction.view';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { ApplyOperatorEvidence, outcomeOf } from './apply-operator-evidence';
import { AskProviderAgain } from './ask-provider-again';
import type { EvidenceRequest, Resolution } from './evidence.dto';
import { LoadTransaction } from './load-transaction';
import { OperatorActs, type OperatorAct } from './operator-acts';
import type { TransactionReplayAnswer, ReplayedEvidence, WithReason } from './replay.dto';
import { evidenceOfOperator, reversalOfOperator } from './resolution-target';

/**
 * Reads all evidence of a transaction again, asks its providers, and applies the merge. The end state is what the
 * evidence proves, whatever order it came in and however often this is done; nobody sets a state by hand.
 */
@Injectable()
export class ReplayEvidence {
  constructor(
    private readonly loading: LoadTransaction,
    private readonly acts: OperatorActs,
    private readonly callbacks: ProcessIpn,
    private readonly applying: ApplyOperatorEvidence,
    private readonly asking: AskProviderAgain,
    private readonly database: Database,
    private readonly keys: IdempotencyStore,
  ) {}

  /**
   * Always takes a second person, whose approval is used before anything is read: the repetition of a request of which
   * that stands goes on behind it. Throws `payment.approval.*` and `payment.transaction.not_found`.
   */
  async execute(
    name: string,
    request: WithReason,
    actor: Actor,
    run?: IdempotencyRun,
  ): Promise<TransactionReplayAnswer | Answer<ApprovalRequired>> {
    const aggregate = await this.loading.execute(name);
    const { transaction } = aggregate;
    const act: OperatorAct = {
      operation: 'transaction.replay',
      transaction,
      payload: { transactionId: transaction.id },
      actor,
      reason: request.reason,
      amountMinor: 'ALWAYS',
      approvalId: request.approvalId,
    };
    const required = await this.acts.secondPersonFor(act);
    if (required !== undefined) return new Answer(202, required);
    if (run?.ids['approval'] === undefined) await this.begin(act, transaction, run);
    const replayed = [
      ...(await this.replayCallbacks(transaction.id)),
      ...(await this.replayOperators(aggregate, actor)),
      ...(await this.asking.execute(await this.loading.execute(transaction.id), actor.userId)).map(
        ({ attemptUid, outcome }) => ({ source: 'QUERY', about: attemptUid, outcome }),
      ),
    ];
    return { transaction: transactionDetailView(await this.loading.execute(transaction.id)), replayed };
  }

  private async begin(act: OperatorAct, { status, version }: Transaction, run?: IdempotencyRun): Promise<void> {
    const alongside = this.acts.alongside(act, { before: { status, version }, after: {} });
    await this.database.transaction(async (tx) => {
      await alongside(tx);
      if (run !== undefined) await this.keys.keepIds(run.request, { approval: act.approvalId ?? '' }, tx);
    });
  }

  private async replayCallbacks(transactionId: string): Promise<ReplayedEvidence[]> {
    const rows = await this.database.query<{ id: string }>(
      'SELECT id FROM "IpnInbox" WHERE transaction_id = $1 ORDER BY received_at, id',
      [transactionId],
    );
    const replayed: ReplayedEvidence[] = [];
    for (const { id } of rows) {
      const decision = await this.callbacks.replay(id);
      if (decision !== undefined) replayed.push({ source: 'CALLBACK', about: id, outcome: outcomeOf(decision) });
    }
    return replayed;
  }

  /** What people have said of payments; what they said of refunds is no part of the merge and stands as it was written. */
  private async replayOperators(aggregate: TransactionAggregate, actor: Actor): Promise<ReplayedEvidence[]> {
    const replayed: ReplayedEvidence[] = [];
    for (const { operation, attemptId, at, given } of await this.acts.evidenceOf(aggregate.transaction.id)) {
      const attempt = aggregate.attempts.find(({ id }) => id === attemptId);
      const said = given as EvidenceRequest & { readonly status?: Resolution };
      if (attempt?.type !== '100_PAYMENT') continue;
      const evidence =
        operation === 'transaction.reverse'
          ? reversalOfOperator(said, at)
          : said.status === undefined
            ? undefined
            : evidenceOfOperator(said.status, said, at);
      if (evidence === undefined) continue;
      const decision = await this.applying.repeat(aggregate, attempt, evidence, actor.userId);
      replayed.push({ source: 'OPERATOR', about: attempt.uid, outcome: outcomeOf(decision) });
    }
    return replayed;
  }
}
