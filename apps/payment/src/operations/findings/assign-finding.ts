import { Injectable } from '@nestjs/common';
import type { OnceRequest } from '@nx/http';
import { ChangeFinding } from './change-finding';
import type { AssignFindingRequest, FindingView } from './finding.dto';
import { notOpen } from './resolve-finding';

/** Gives a finding to somebody, who then looks after it. */
@Injectable()
export class AssignFinding {
  constructor(private readonly changes: ChangeFinding) {}

  /** Without an owner the actor takes it; the same again changes nothing. Throws `payment.finding.not_found` and `payment.finding.not_open`. */
  execute(id: string, request: AssignFindingRequest, actorId: string, key?: OnceRequest): Promise<FindingView> {
    return this.changes.execute({ id, action: 'assign', actorId, key }, (finding) => {
      if (finding.status !== 'OPEN') throw notOpen(finding);
      const { owner = actorId, note = finding.note } = request;
      return owner === finding.owner && note === finding.note ? finding : { ...finding, owner, note };
    });
  }
}
