import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import type { OnceRequest } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database } from '@nx/persistence';
import { AuditTrail, IdempotencyStore } from '@nx/reliable';
import type { Finding } from './finding';
import type { FindingView } from './finding.dto';
import { FindingRepository, type FindingChange } from './finding.repository';
import { findingView } from './finding.view';
import { findingNotFound } from './read-findings';

/** What is changed, by whom, and the key under which the answer is kept with the change. */
interface FindingAct {
  readonly id: string;
  readonly action: 'assign' | 'resolve' | 'reopen';
  readonly actorId: string;
  readonly key: OnceRequest | undefined;
}

const audited = ({ status, owner, outcome, note }: FindingChange): object => ({ status, owner, outcome, note });

/** One change of a finding by a person: read under a lock, checked, written, and told to the audit trail together. */
@Injectable()
export class ChangeFinding {
  constructor(
    private readonly database: Database,
    private readonly repository: FindingRepository,
    private readonly audit: AuditTrail,
    private readonly keys: IdempotencyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * `decide` throws where the finding's state does not allow the change, and gives the finding itself where it stands as
   * asked: then nothing is written. Throws `payment.finding.not_found`.
   */
  execute(
    { id, action, actorId, key }: FindingAct,
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
      const view = findingView({ ...finding, ...change, modifiedAt: now });
      await this.keys.remember(tx, key, view);
      return view;
    });
  }
}
