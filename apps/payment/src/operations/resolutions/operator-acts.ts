import { Inject, Injectable } from '@nestjs/common';
import type { Actor } from '@nx/authz';
import type { Clock } from '@nx/contracts';
import { KeyRing, sha256Hex } from '@nx/crypto';
import { CLOCK, currentContext } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { AuditTrail, IdGenerator } from '@nx/reliable';
import { PaymentSettings } from '../../configurations/payment-settings';
import { PaymentConfig } from '../../payment.config';
import type { Transaction } from '../../transactions/transaction';
import type { ApprovalDemand } from '../approvals/approval';
import type { ApprovalRequired } from '../approvals/approval.dto';
import { Approvals } from '../approvals/approvals';
import type { FreezeSubject } from '../freezes/freeze';
import { Freezes } from '../freezes/freezes';

/** Something that an operator does about the money of one transaction. */
export interface OperatorAct {
  /** Stable name: `transaction.resolve`. */
  readonly operation: string;
  readonly transaction: Pick<Transaction, 'id' | 'merchantId' | 'organizerId'>;
  /** The providers whose money it books by a person's word: the freeze ADJUSTMENT stops it. Absent = it books nothing. */
  readonly adjusts?: readonly string[];
  /** Everything that decides what will happen; it is what a second person approves. */
  readonly payload: object;
  readonly actor: Actor;
  readonly reason: string;
  /** What it is about (minor units); above the limit a second person has to approve. `ALWAYS` = whatever the amount. */
  readonly amountMinor: bigint | 'ALWAYS' | 'NEVER';
  readonly approvalId: string | undefined;
  readonly attemptId?: string;
  readonly suspenseItemId?: string;
  /** What the operator has seen; sealed. */
  readonly evidence?: object;
}

/** Evidence of a person as it was kept; `at` in ms, `given` as the operation took it. */
export interface GivenEvidence {
  readonly operation: string;
  readonly attemptId: string | null;
  readonly at: number;
  readonly given: unknown;
}

/** What every act of an operator about money has in common: the second person, the sealed evidence, the audit row. */
@Injectable()
export class OperatorActs {
  constructor(
    private readonly database: Database,
    private readonly approvals: Approvals,
    private readonly freezes: Freezes,
    private readonly audit: AuditTrail,
    private readonly settings: PaymentSettings,
    private readonly config: PaymentConfig,
    private readonly ring: KeyRing,
    private readonly ids: IdGenerator,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** What to answer 202 with when a second person has to approve first; undefined = act. Throws `payment.frozen`. */
  async secondPersonFor(act: OperatorAct): Promise<ApprovalRequired | undefined> {
    await this.freezes.pass(...subjectsOf(act));
    if (act.approvalId !== undefined || !(await this.isAboveLimit(act))) return undefined;
    return this.database.transaction((tx) => this.approvals.request(tx, demandOf(act)));
  }

  /**
   * Written in the transaction of the change itself: the freezes are passed and fenced, the approval is used, the
   * evidence kept, the act audited.
   */
  alongside(act: OperatorAct, states: { readonly before: object; readonly after: object }) {
    return async (tx: Tx): Promise<void> => {
      if (act.adjusts !== undefined) await this.freezes.fence(tx, ...subjectsOf(act));
      // Asked again here: an approval that the client made up, or left out, must not open the way.
      if (act.approvalId !== undefined) await this.approvals.use(tx, act.approvalId, demandOf(act));
      else if (await this.isAboveLimit(act)) throw new Error(`${act.operation} was not approved`);
      if (act.evidence !== undefined) await this.keep(tx, act, act.evidence);
      await this.audit.write(tx, {
        actorId: act.actor.userId,
        action: act.operation,
        entityType: 'Transaction',
        entityId: act.transaction.id,
        merchantId: act.transaction.merchantId,
        reason: act.reason,
        before: states.before,
        after: { ...states.after, ...(act.approvalId === undefined ? {} : { approvalId: act.approvalId }) },
      });
    };
  }

  /** The evidence of a transaction that people have given, opened, oldest first. */
  async evidenceOf(transactionId: string): Promise<GivenEvidence[]> {
    const rows = await this.database.query<{
      id: string;
      operation: string;
      attempt_id: string | null;
      evidence_sealed: string;
      created_at: Date;
    }>(
      `SELECT id, operation, attempt_id, evidence_sealed, created_at FROM "OperatorEvidence" WHERE transaction_id = $1
       ORDER BY created_at, id`,
      [transactionId],
    );
    return rows.map((row) => ({
      operation: row.operation,
      attemptId: row.attempt_id,
      at: row.created_at.getTime(),
      given: JSON.parse(this.ring.open(row.evidence_sealed, aadOf(row.id))) as unknown,
    }));
  }

  private async isAboveLimit({ amountMinor, transaction }: OperatorAct): Promise<boolean> {
    if (typeof amountMinor === 'string') return amountMinor === 'ALWAYS';
    const { refundLimitMinor } = await this.settings.ofMerchant(transaction.merchantId);
    return amountMinor > BigInt(refundLimitMinor ?? this.config.operators.limitMinor);
  }

  private async keep(tx: Tx, act: OperatorAct, evidence: object): Promise<void> {
    const id = this.ids.next();
    const text = JSON.stringify(evidence);
    await tx.execute(
      `INSERT INTO "OperatorEvidence" (id, operation, transaction_id, attempt_id, suspense_item_id, evidence_sealed,
         fingerprint, actor_id, approval_id, request_id, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        id,
        act.operation,
        act.transaction.id,
        act.attemptId ?? null,
        act.suspenseItemId ?? null,
        this.ring.seal(text, aadOf(id)),
        sha256Hex(text),
        act.actor.userId,
        act.approvalId ?? null,
        currentContext()?.requestId ?? null,
        new Date(this.clock.now()),
      ],
    );
  }
}

const aadOf = (rowId: string) => ({ table: 'OperatorEvidence', column: 'evidence_sealed', rowId });

const subjectsOf = ({ adjusts = [], transaction: { merchantId, organizerId } }: OperatorAct): FreezeSubject[] =>
  adjusts.map((provider) => ({ operation: 'ADJUSTMENT', provider, merchantId, organizerId }));

const demandOf = ({ operation, payload, actor, transaction, reason }: OperatorAct): ApprovalDemand => ({
  operation,
  payload,
  actor,
  merchantId: transaction.merchantId,
  reason,
});
