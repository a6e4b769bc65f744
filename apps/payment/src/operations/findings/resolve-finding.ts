import { Injectable } from '@nestjs/common';
import { AppError } from '@nx/contracts';
import type { OnceRequest } from '@nx/http';
import { toSafeNumber } from '@nx/money';
import { ChangeFinding } from './change-finding';
import type { Finding } from './finding';
import type { FindingView, ResolveFindingRequest } from './finding.dto';

export const notOpen = (finding: Finding): AppError =>
  new AppError({
    code: 'payment.finding.not_open',
    detail: `The finding is ${finding.status}${finding.outcome === null ? '' : `: ${finding.outcome}`}.`,
  });

/** Says what came of a finding. One about money that still waits is explained by moving the money, not by words. */
@Injectable()
export class ResolveFinding {
  constructor(private readonly changes: ChangeFinding) {}

  /** Throws `payment.finding.not_found`, `payment.finding.not_open` and `payment.finding.money_waits`. */
  execute(id: string, request: ResolveFindingRequest, actorId: string, key?: OnceRequest): Promise<FindingView> {
    return this.changes.execute({ id, action: 'resolve', actorId, key }, (finding, now) => {
      if (finding.status !== 'OPEN') throw notOpen(finding);
      const { suspense } = finding;
      if (suspense !== null && suspense.left > 0n) {
        throw new AppError({
          code: 'payment.finding.money_waits',
          detail: 'Money that this finding is about still waits in suspense.',
          extra: { suspense: { id: suspense.id, left: toSafeNumber(suspense.left), currency: suspense.currency } },
        });
      }
      const { outcome, note } = request;
      const owner = finding.owner ?? actorId;
      return { status: 'RESOLVED', owner, outcome, note, resolvedBy: actorId, resolvedAt: now };
    });
  }
}
