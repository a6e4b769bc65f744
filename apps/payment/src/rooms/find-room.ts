import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import { Database } from '@nx/persistence';

export interface RoomOwner {
  readonly merchantId: string;
  readonly organizerId: string | null;
}

/** Whose transaction a room shows. Read from the primary: a push right after the checkout must find it. */
@Injectable()
export class FindRoom {
  constructor(private readonly database: Database) {}

  async execute(name: string): Promise<RoomOwner> {
    const [row] = await this.database.query<{ merchant_id: string; organizer_id: string | null }>(
      'SELECT merchant_id, organizer_id FROM "Transaction" WHERE id = $1 AND deleted_at IS NULL',
      [name.split('/')[2] ?? ''],
    );
    if (row === undefined)
      throw new AppError({ code: 'payment.transaction.not_found', detail: 'There is no such room.' });
    return { merchantId: row.merchant_id, organizerId: row.organizer_id };
  }
}
