import { Injectable } from '@nestjs/common';
import type { ParkedRecordShape } from '@nx/contracts';
import { decodeCursor, page, type Page } from '@nx/http';
import { Database } from '@nx/persistence';
import { AuditTrail } from './audit-trail';
import type { ParkedRecordQuery, ReplayParkedAnswer, ReplayParkedRequest } from './parked-record.dto';
import { ParkingStore } from './parking-store';

/** Kafka records of a service that could not be handled: their list with the reason, and their way back. */
@Injectable()
export class ParkedRecords {
  constructor(
    private readonly database: Database,
    private readonly parking: ParkingStore,
    private readonly audit: AuditTrail,
  ) {}

  /** Newest first; `request.cursor_invalid` for a cursor of another list. */
  async list({ status, key, limit, cursor }: ParkedRecordQuery): Promise<Page<ParkedRecordShape>> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const rows = await this.parking.list({ status, key }, limit + 1, after?.id);
    const shown = page(rows, limit, ({ parkedAt, id }) => ({ createdAtMs: parkedAt.getTime(), id }));
    const data = shown.data.map(({ parkedAt, finishedAt, ...row }) => ({
      ...row,
      parkedAt: parkedAt.toISOString(),
      finishedAt: finishedAt?.toISOString() ?? null,
    }));
    return { data, nextCursor: shown.nextCursor };
  }

  /** Puts them in front of the sweeper, under the same event ids: what had its effect has none again. */
  async execute({ ids, reason }: ReplayParkedRequest, actorId: string): Promise<ReplayParkedAnswer> {
    const replayed = await this.database.transaction(async (tx) => {
      const revived = await this.parking.revive(tx, ids);
      for (const { id, eventId, status, errorMessage } of revived) {
        await this.audit.write(tx, {
          actorId,
          action: 'dead-letter.replay',
          entityType: 'ParkedRecord',
          entityId: id,
          merchantId: null,
          reason,
          before: { status, eventId, errorMessage },
          after: { status: '100_PARKED' },
        });
      }
      return new Set(revived.map(({ id }) => id));
    });
    return { replayed: ids.filter((id) => replayed.has(id)), left: ids.filter((id) => !replayed.has(id)) };
  }
}
