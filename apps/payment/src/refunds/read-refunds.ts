import { Injectable } from '@nestjs/common';
import { decodeCursor, page, type Page } from '@nx/http';
import { Database } from '@nx/persistence';
import { TransactionRepository } from '../transactions/transaction.repository';
import type { TransactionAggregate } from '../transactions/transaction';
import { ownTransaction } from './own-transaction';
import type { Refund } from './refund';
import { refundNotFound } from './refund-problem';
import { triesOf } from './refund-state';
import type { RefundQuery, RefundView } from './refund.dto';
import { refundView } from './refund.view';

interface PlaceRow {
  id: string;
  transaction_id: string;
  created_at: Date;
}

const viewOf = (aggregate: TransactionAggregate, refund: Refund): RefundView =>
  refundView(refund, triesOf(aggregate, refund.id));

/** Lists and shows a merchant's refunds. */
@Injectable()
export class ReadRefunds {
  constructor(
    private readonly database: Database,
    private readonly repository: TransactionRepository,
  ) {}

  /** The merchant's refunds of all transactions, newest first. */
  async ofMerchant(merchantId: string, query: RefundQuery): Promise<Page<RefundView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.database.query<PlaceRow>(
      `SELECT id, transaction_id, created_at FROM "Refund"
       WHERE merchant_id = $1 AND ($2::text IS NULL OR status = $2)
         AND ($3::timestamptz IS NULL OR (created_at, id) < ($3::timestamptz, $4::text))
       ORDER BY created_at DESC, id DESC LIMIT $5`,
      [
        merchantId,
        query.status ?? null,
        after === undefined ? null : new Date(after.createdAtMs),
        after?.id ?? null,
        query.limit + 1,
      ],
    );
    const found = page(rows, query.limit, (row) => ({ createdAtMs: row.created_at.getTime(), id: row.id }));
    const views = await Promise.all(found.data.map((row) => this.one(merchantId, row.transaction_id, row.id)));
    return { data: views, nextCursor: found.nextCursor };
  }

  /** All refunds of one transaction, oldest first. Throws `payment.transaction.not_found`. */
  async ofTransaction(merchantId: string, transactionId: string, status?: string): Promise<RefundView[]> {
    const aggregate = ownTransaction(await this.repository.findById(transactionId), merchantId);
    return aggregate.refunds
      .filter((refund) => status === undefined || refund.status === status)
      .map((refund) => viewOf(aggregate, refund));
  }

  /** Throws `payment.transaction.not_found` or `payment.refund.not_found`. */
  async one(merchantId: string, transactionId: string, refundId: string): Promise<RefundView> {
    const aggregate = ownTransaction(await this.repository.findById(transactionId), merchantId);
    const refund = aggregate.refunds.find(({ id }) => id === refundId);
    if (refund === undefined) throw refundNotFound();
    return viewOf(aggregate, refund);
  }
}
