import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import { decodeCursor, page, type Page, type PageQuery } from '@nx/http';
import { TransactionRepository } from './transaction.repository';
import { transactionDetailView, type TransactionDetailView } from './transaction.view';

export interface TransactionListQuery extends PageQuery {
  readonly status?: string;
  readonly sourceType?: string;
  readonly sourceId?: string;
}

/** Lists and shows a merchant's transactions. Another merchant's transaction does not exist here. */
@Injectable()
export class ReadTransactions {
  constructor(private readonly repository: TransactionRepository) {}

  async list(merchantId: string, query: TransactionListQuery): Promise<Page<TransactionDetailView>> {
    const rows = await this.repository.list({
      merchantId,
      status: query.status,
      sourceType: query.sourceType,
      sourceId: query.sourceId,
      after: query.cursor === undefined ? undefined : decodeCursor(query.cursor),
      limit: query.limit,
    });
    const { data, nextCursor } = page(rows, query.limit, ({ transaction }) => ({
      createdAtMs: transaction.createdAt,
      id: transaction.id,
    }));
    return { data: data.map(transactionDetailView), nextCursor };
  }

  async one(merchantId: string, id: string): Promise<TransactionDetailView> {
    const aggregate = await this.repository.findById(id);
    if (aggregate === undefined || aggregate.transaction.merchantId !== merchantId) {
      throw new AppError({ code: 'payment.transaction.not_found', detail: 'The merchant has no such transaction.' });
    }
    return transactionDetailView(aggregate);
  }
}
