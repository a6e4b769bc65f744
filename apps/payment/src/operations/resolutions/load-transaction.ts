import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import { Database, type Tx } from '@nx/persistence';
import type { TransactionAggregate } from '../../transactions/transaction';
import { TransactionRepository } from '../../transactions/transaction.repository';

/** An operator names a transaction by its id or uid, or by those of one of its attempts. */
export const TRANSACTION_BY_NAME = `
SELECT id FROM "Transaction" WHERE id = $1
UNION SELECT id FROM "Transaction" WHERE uid = $1
UNION SELECT transaction_id FROM "PaymentAttempt" WHERE id = $1
UNION SELECT transaction_id FROM "PaymentAttempt" WHERE uid = $1`;

/** Finds the transaction that an operator names; of any merchant. */
@Injectable()
export class LoadTransaction {
  constructor(
    private readonly database: Database,
    private readonly repository: TransactionRepository,
  ) {}

  /** As it stands, with what `tx` has written of it. Throws `payment.transaction.not_found`. */
  async execute(name: string, tx?: Tx): Promise<TransactionAggregate> {
    const [row] = await (tx ?? this.database).query<{ id: string }>(TRANSACTION_BY_NAME, [name]);
    const aggregate = row === undefined ? undefined : await this.repository.findById(row.id, tx);
    if (aggregate === undefined) {
      throw new AppError({ code: 'payment.transaction.not_found', detail: 'There is no such transaction.' });
    }
    return aggregate;
  }
}
