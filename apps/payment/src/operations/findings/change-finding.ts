import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { CLOCK } from '@nx/observability';
import { Database } from '@nx/persistence';
import { AuditTrail } from '@nx/reliable';
import type { Finding } from './finding';
import type { FindingView } from './finding.dto';
import { FindingRepository, type FindingChange } from './finding.repository';
import { findingView } from './finding.view';
import { findingNotFound } from './read-findings';

const audited = ({ status, owner, outcome, note }: FindingChange): object => ({ status, owner, outcome, note });

/** One change of a finding by a person: read under a lock, checked, written, and told to the audit trail together. */
@Injectable()
export class ChangeFinding {
  constructor(
    private readonly database: Database,
    private readonly repository: FindingRepository,
    private readonly audit: AuditTrail,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * `decide` throws where the finding's state does not allow the change, and gives the finding itself where it stands as
   * asked: then nothing is written. Throws `payment.finding.not_found`.
   */
  execute(
    id: string,
    action: string,
    actorId: string,
    decide: (finding: Finding, now: number) => FindingChange,
  ): Promise<FindingView> {
    return this.database.transaction(async (tx) => {
      const finding = await this.repository.lock(tx, id);
      if (finding === undefined) throw findingNotFound();
      const now = this.clock.now();
      const change = decide(finding, now);
      if (change === finding) return findingView(finding);
      await this.repository.change(tx, id, change, now);
      await this.audit.write(tx, {
        actorId,
        action: `finding.${action}`,
        entityType: 'Finding',
        entityId: id,
        merchantId: finding.merchantId,
        ...(change.note === null ? {} : { reason: change.note }),
        before: audited(finding),
        after: audited(change),
      });
      return findingView({ ...finding, ...change, modifiedAt: now });
    });
  }
}
