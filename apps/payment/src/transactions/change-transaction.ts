import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Clock } from '@nx/contracts';
import { CLOCK } from '@nx/observability';
import { Outbox } from '@nx/reliable';
import { Freezes, isFenceLost } from '../operations/freezes/freezes';
import type { TransactionAggregate } from './transaction';
import type { TransactionChange } from './transaction-change';
import { TransactionRepository } from './transaction.repository';
import { untoldStates } from './untold-states';

/** More rounds than this against one transaction mean that something turns in a circle. */
const MAX_ROUNDS = 20;

/** What a step wants: a change to write and a result, or a result alone. */
export interface Step<R> {
  readonly change?: TransactionChange | undefined;
  readonly result: R;
}

/** Runs one step on a transaction: read, decide, write under the version that was read; again if it moved on. */
@Injectable()
export class ChangeTransaction {
  constructor(
    private readonly repository: TransactionRepository,
    private readonly outbox: Outbox,
    private readonly freezes: Freezes,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * `decide` is called again with fresh data after a lost race, so it must not have effects of its own.
   * Throws `payment.transaction.not_found`, and what `decide` throws.
   */
  async execute<R>(
    transactionId: string,
    actorId: string | null,
    decide: (aggregate: TransactionAggregate, now: number) => Step<R> | Promise<Step<R>>,
  ): Promise<R> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const aggregate = await this.repository.findById(transactionId);
      if (aggregate === undefined) {
        throw new AppError({ code: 'payment.transaction.not_found', detail: 'There is no such transaction.' });
      }
      const now = this.clock.now();
      const step = await decide(aggregate, now);
      if (step.change === undefined) return step.result;
      const change = { ...step.change, untoldStates: untoldStates(aggregate, step.change) };
      if (await this.commit(change, now, actorId)) {
        this.outbox.nudge();
        return step.result;
      }
    }
    throw new AppError({
      code: 'service.unavailable',
      detail: 'The transaction is being changed by others; nothing was done. Repeat the request.',
      retryAfterSeconds: 1,
    });
  }

  /** False = decide again: the transaction has moved on, or the freezes have. */
  private async commit(change: TransactionChange, now: number, actorId: string | null): Promise<boolean> {
    try {
      return await this.repository.commit(change, now, actorId);
    } catch (error) {
      if (!isFenceLost(error)) throw error;
      await this.freezes.reload();
      return false;
    }
  }
}
