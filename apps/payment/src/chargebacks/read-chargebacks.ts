import { Injectable } from '@nestjs/common';
import { decodeCursor, page, type Page } from '@nx/http';
import { Database } from '@nx/persistence';
import { ownTransaction } from '../refunds/own-transaction';
import { TransactionRepository } from '../transactions/transaction.repository';
import { CHARGEBACK_JSON, chargebackOf, type ChargebackJson } from './chargeback-row';
import { chargebackNotFound } from './chargeback-problem';
import type { ChargebackQuery, ChargebackView } from './chargeback.dto';
import { chargebackView } from './chargeback.view';

/** Lists and shows chargebacks. */
@Injectable()
export class ReadChargebacks {
  constructor(
    private readonly database: Database,
    private readonly repository: TransactionRepository,
  ) {}

  /** Those of one transaction, oldest first. Throws `payment.transaction.not_found`. */
  async ofTransaction(merchantId: string, transactionId: string): Promise<ChargebackView[]> {
    const aggregate = ownTransaction(await this.repository.findById(transactionId), merchantId);
    return aggregate.chargebacks.map(chargebackView);
  }

  /** Throws `payment.transaction.not_found` or `payment.chargeback.not_found`. */
  async one(merchantId: string, transactionId: string, chargebackId: string): Promise<ChargebackView> {
    const found = (await this.ofTransaction(merchantId, transactionId)).find(({ id }) => id === chargebackId);
    if (found === undefined) throw chargebackNotFound();
    return found;
  }

  /** Those of all merchants, for operators; newest first. */
  async list(query: ChargebackQuery): Promise<Page<ChargebackView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.database.query<{ chargeback: ChargebackJson }>(
      `SELECT ${CHARGEBACK_JSON} AS chargeback FROM "Chargeback" c
       WHERE ($1::text IS NULL OR c.status = $1)
         AND ($2::timestamptz IS NULL OR (c.created_at, c.id) < ($2::timestamptz, $3::text))
       ORDER BY c.created_at DESC, c.id DESC LIMIT $4`,
      [
        query.status ?? null,
        after === undefined ? null : new Date(after.createdAtMs),
        after?.id ?? null,
        query.limit + 1,
      ],
    );
    const all = rows.map(({ chargeback }) => chargebackOf(chargeback));
    const found = page(all, query.limit, ({ createdAt, id }) => ({ createdAtMs: createdAt, id }));
    return { data: found.data.map(chargebackView), nextCursor: found.nextCursor };
  }
}
