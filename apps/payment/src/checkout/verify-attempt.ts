import { Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError } from '@nx/contracts';
import { AskProvider } from '../transactions/ask-provider';
import { TransactionRepository } from '../transactions/transaction.repository';
import { attemptView, transactionView } from '../transactions/transaction.view';
import type { VerifyAnswer } from './checkout.dto';

/** Asks the provider now and applies what it proves. */
@Injectable()
export class VerifyAttempt {
  constructor(
    private readonly repository: TransactionRepository,
    private readonly asking: AskProvider,
  ) {}

  async execute(attemptId: string, actor: MerchantActor): Promise<VerifyAnswer> {
    const { aggregate, attempt } = await this.load(attemptId, actor.merchantId);
    const asked =
      attempt.type === '100_PAYMENT' && attempt.status !== '302_SUCCESS' && attempt.status !== '507_REVERSED';
    const provider = asked ? await this.asking.execute(aggregate, attempt, actor.userId) : 'NOT_ASKED';
    const after = await this.load(attemptId, actor.merchantId);
    return { transaction: transactionView(after.aggregate.transaction), attempt: attemptView(after.attempt), provider };
  }

  private async load(attemptId: string, merchantId: string) {
    const aggregate = await this.repository.findByAttempt(attemptId);
    const attempt = aggregate?.attempts.find((candidate) => candidate.id === attemptId);
    if (aggregate === undefined || attempt === undefined || aggregate.transaction.merchantId !== merchantId) {
      throw new AppError({ code: 'payment.attempt.not_found', detail: 'The merchant has no such attempt.' });
    }
    return { aggregate, attempt };
  }
}
