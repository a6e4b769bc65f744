import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import type { OnceRequest } from '@nx/http';
import { ChangeFinding } from './change-finding';
import type { FindingView, ReopenFindingRequest } from './finding.dto';

/** Takes an outcome back that turned out to be wrong; the audit trail keeps it. */
@Injectable()
export class ReopenFinding {
  constructor(private readonly changes: ChangeFinding) {}

  /** Throws `payment.finding.not_found` and `payment.finding.not_resolved`. */
  execute(id: string, request: ReopenFindingRequest, actorId: string, key?: OnceRequest): Promise<FindingView> {
    return this.changes.execute({ id, action: 'reopen', actorId, key }, (finding) => {
      if (finding.status !== 'RESOLVED') {
        throw new AppError({ code: 'payment.finding.not_resolved', detail: 'The finding is open already.' });
      }
      const { note } = request;
      return { status: 'OPEN', owner: finding.owner, outcome: null, note, resolvedBy: null, resolvedAt: null };
    });
  }
}
