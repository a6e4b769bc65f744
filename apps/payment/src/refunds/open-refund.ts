import { Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError } from '@nx/contracts';
import { Answer } from '@nx/http';
import { decideRefundOpening, type RefundInstrument } from '@nx/mq-pay';
import { Database, type Tx } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import type { ApprovalDemand } from '../operations/approvals/approval';
import type { ApprovalRequired } from '../operations/approvals/approval.dto';
import { Approvals } from '../operations/approvals/approvals';
import { ChangeTransaction, type Step } from '../transactions/change-transaction';
import type { Attempt, TransactionAggregate } from '../transactions/transaction';
import { BeginTry } from './begin-try';
import type { ByHand, Refund } from './refund';
import { RefundLimit } from './refund-limit';
import { refusedRefund } from './refund-problem';
import { circumstancesOf, triesOf } from './refund-state';
import type { OpenRefundRequest, RefundView } from './refund.dto';
import { refundView } from './refund.view';
import { ownTransaction } from './own-transaction';

type Opened =
  | {
      readonly view: RefundView;
      /** Absent where the refund was there before. */
      readonly attempt?: Attempt;
    }
  | { readonly demand: ApprovalDemand };

/** Opens a refund of a sale: the amount is set aside at once, and the provider is asked by a worker. */
@Injectable()
export class OpenRefund {
  constructor(
    private readonly changes: ChangeTransaction,
    private readonly beginning: BeginTry,
    private readonly limit: RefundLimit,
    private readonly approvals: Approvals,
    private readonly database: Database,
    private readonly ids: IdGenerator,
  ) {}

  /**
   * The same client reference again is the same refund. Above the merchant's limit the answer is 202 until a second
   * person has approved it. Throws `payment.refund.*`, `payment.approval.*` and not found.
   */
  async execute(
    transactionId: string,
    request: OpenRefundRequest,
    actor: MerchantActor,
  ): Promise<RefundView | Answer<ApprovalRequired>> {
    const opened = await this.changes.execute(transactionId, actor.userId, (aggregate, now) =>
      this.open(ownTransaction(aggregate, actor.merchantId), request, actor, now),
    );
    if ('demand' in opened) {
      const { demand } = opened;
      return new Answer(202, await this.database.transaction((tx) => this.approvals.request(tx, demand)));
    }
    this.beginning.nudge(opened.attempt);
    return opened.view;
  }

  private async open(
    aggregate: TransactionAggregate,
    request: OpenRefundRequest,
    actor: MerchantActor,
    now: number,
  ): Promise<Step<Opened>> {
    const known = aggregate.refunds.find(({ clientReference }) => clientReference === request.clientReference);
    if (known !== undefined) return { result: { view: repeated(aggregate, known, request) } };
    const opening = chosen(aggregate, request);
    const { attemptId, tryNumber, decision } = opening;
    const paid = aggregate.attempts.find(({ id }) => id === attemptId);
    if (paid === undefined) throw new Error(`attempt ${attemptId} has vanished`);
    const byHand = opening.instrument === 'ORIGINAL' ? null : opening.instrument;
    const refund: Refund = {
      id: this.ids.next(),
      transactionId: aggregate.transaction.id,
      merchantId: aggregate.transaction.merchantId,
      attemptId,
      kind: 'SALE',
      suspenseItemId: null,
      clientReference: request.clientReference,
      amount: BigInt(request.amount),
      currency: aggregate.transaction.currency,
      reason: request.reason,
      status: 'NEW',
      byHand,
      evidence: request.evidence ?? null,
      toBeConfirmed: false,
      finishedAt: null,
      createdAt: now,
      createdBy: actor.userId,
    };
    const begun = await this.beginning.plan(aggregate, {
      refund,
      paid,
      item: undefined,
      tryNumber,
      decision,
      actorId: actor.userId,
      now,
    });
    const { approvalId, ...asked } = request;
    const demand = await this.limit.secondPerson(aggregate.transaction, {
      operation: 'refund.open',
      amountMinor: refund.amount,
      asked,
      actor,
      reason: request.reason,
    });
    if (demand !== undefined && approvalId === undefined) return { result: { demand } };
    const view = refundView(begun.refund, [begun.attempt]);
    const alongside =
      demand === undefined || approvalId === undefined
        ? undefined
        : async (tx: Tx): Promise<void> => void (await this.approvals.use(tx, approvalId, demand));
    return { change: { ...begun.change, alongside }, result: { view, attempt: begun.attempt } };
  }
}

/** How the caller wants the money to go back. */
export const instrumentOf = (request: {
  readonly refundToOriginalMethod?: boolean;
  readonly method?: string;
}): RefundInstrument => {
  if (request.refundToOriginalMethod !== false) return 'ORIGINAL';
  return request.method === '200_BANK_TRANSFER' ? 'BANK_TRANSFER' : 'CASH';
};

/** A transfer at the counter goes back by hand too: the merchant's bank is not ours to ask. */
export const atTheCounter = (paid: Attempt | undefined, instrument: RefundInstrument): RefundInstrument =>
  instrument === 'ORIGINAL' && paid?.provider === 'SYSTEM' && paid.method === '200_BANK_TRANSFER'
    ? ('BANK_TRANSFER' satisfies ByHand)
    : instrument;

const chosen = (aggregate: TransactionAggregate, request: OpenRefundRequest) => {
  const circumstances = circumstancesOf(aggregate);
  const terms = (instrument: RefundInstrument, attemptId: string | undefined) => ({
    amountMinor: BigInt(request.amount),
    instrument,
    ...(attemptId === undefined ? {} : { attemptId }),
    ...(request.evidence === undefined ? {} : { evidence: request.evidence }),
  });
  const asked = instrumentOf(request);
  const first = decideRefundOpening(circumstances, terms(asked, request.attemptId));
  if (!first.accepted) throw refusedRefund(aggregate, first);
  const instrument = atTheCounter(
    aggregate.attempts.find(({ id }) => id === first.attemptId),
    asked,
  );
  if (instrument === asked) return { ...first, instrument };
  const opening = decideRefundOpening(circumstances, terms(instrument, first.attemptId));
  if (!opening.accepted) throw refusedRefund(aggregate, opening);
  return { ...opening, instrument };
};

const repeated = (aggregate: TransactionAggregate, known: Refund, request: OpenRefundRequest): RefundView => {
  const view = refundView(known, triesOf(aggregate, known.id));
  const same =
    known.amount === BigInt(request.amount) &&
    (request.attemptId === undefined || request.attemptId === known.attemptId);
  if (same) return view;
  throw new AppError({
    code: 'payment.refund.reference_used',
    detail: 'This clientReference names another refund of the transaction.',
    errors: [{ pointer: '/clientReference', detail: 'was used before' }],
    extra: { refund: view },
  });
};
