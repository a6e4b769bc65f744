import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import type { LookUpOutcome } from '@nx/e-invoice';
import { CLOCK } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { WorkerFence } from '@nx/reliable';
import { aboutInvoice } from '../findings/finding';
import { Findings } from '../findings/findings';
import { InvoiceConfig } from '../invoice.config';
import { ChangeInvoice } from '../invoices/change-invoice';
import type { Invoice } from '../invoices/invoice';
import type { ProviderConnection } from '../providers/provider-credentials';
import { CallIssuer, issuerOf } from './call-issuer';
import { IssuanceRepository, type CallEnd, type StartedCall } from './issuance.repository';
import { providerKeyOf, readyInvoice } from './issue-request';
import { judgeNegative } from './not-issued-proof';
import { SettleIssuance, type Settled } from './settle-issuance';

/** Finds out by its key whether an invoice was issued. Only a proof moves it on; nothing is sent again before. */
@Injectable()
export class LookUpInvoice {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeInvoice,
    private readonly calls: IssuanceRepository,
    private readonly issuer: CallIssuer,
    private readonly settle: SettleIssuance,
    private readonly findings: Findings,
    private readonly fence: WorkerFence,
    private readonly config: InvoiceConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** One look-up of an invoice that is UNKNOWN; undefined when another process is at it. */
  async execute(invoice: Invoice, connection: ProviderConnection): Promise<Settled> {
    const taken = await this.take(invoice);
    if (taken === undefined) return undefined;
    const { held, call } = taken;
    // What happens at the provider after this moment is not in its answer.
    const askedAt = this.clock.now();
    const started = performance.now();
    const answer = await this.issuer.lookUp(held, providerKeyOf(readyInvoice(held)), connection);
    const latencyMs = Math.round(performance.now() - started);
    return this.settle.settle(held, call.id, callEndOf(answer, latencyMs), (tx) =>
      this.apply(tx, held, answer, askedAt),
    );
  }

  private async take(invoice: Invoice): Promise<{ held: Invoice; call: StartedCall } | undefined> {
    const fencingToken = await this.fence.token();
    return this.database.transaction(async (tx) => {
      const now = new Date(this.clock.now());
      const lockedUntil = new Date(now.getTime() + this.config.issuance.callLockMs);
      const held = await this.changes.execute(tx, invoice.id, {
        from: ['UNKNOWN'],
        set: { locked_until: lockedUntil, due_at: lockedUntil },
        guard: { sql: 'i.due_at <= :1 AND (i.locked_until IS NULL OR i.locked_until <= :1)', params: [now] },
        audit: { eventType: 'LOOK_UP', outcome: 'STARTED' },
      });
      if (held === undefined) return undefined;
      await this.calls.giveUpRunning(tx, held.id, fencingToken, now);
      const key = providerKeyOf(readyInvoice(held));
      return { held, call: await this.calls.start(tx, held, { kind: 'LOOK_UP', request: { key }, fencingToken }, now) };
    });
  }

  private async apply(tx: Tx, invoice: Invoice, answer: LookUpOutcome, askedAt: number): Promise<Settled> {
    switch (answer.outcome) {
      case 'FOUND':
        return this.settle.succeed(tx, invoice, answer);
      case 'FAILED':
        return answer.refused === undefined
          ? this.failed(tx, invoice, answer)
          : this.settle.refusedLater(tx, invoice, answer.refused);
      case 'NOT_FOUND':
        return this.negative(tx, invoice, askedAt);
    }
  }

  /** The look-up itself said nothing: it is repeated, and nothing else happens meanwhile. */
  private async failed(
    tx: Tx,
    invoice: Invoice,
    { reason, unsettled = false }: { readonly reason: string; readonly unsettled?: boolean },
  ): Promise<Settled> {
    const again = new Date(this.clock.now() + this.config.issuance.lookUpRetryMs);
    if (unsettled) await this.notProvable(tx, invoice, reason);
    // A draft under the key takes back what an earlier "not found" began to prove.
    const set = unsettled ? { not_found_since: null } : {};
    return this.wait(tx, invoice, again, { outcome: 'FAILED', after: { reason } }, set);
  }

  private async negative(tx: Tx, invoice: Invoice, askedAt: number): Promise<Settled> {
    const { lookUpGapMs, longestProcessingMs, lookUpRetryMs } = this.config.issuance;
    const { endedAt, keyKnown } = await this.calls.issueCalls(tx, invoice);
    const verdict = judgeNegative({
      askedAt,
      lastIssueEndedAt: endedAt?.getTime() ?? invoice.modifiedAt.getTime(),
      notFoundSince: invoice.notFoundSince?.getTime() ?? null,
      longestProcessingMs: longestProcessingMs ?? issuerOf(invoice.provider).capabilities.longestProcessingMs,
      gapMs: lookUpGapMs,
    });
    if (verdict.kind === 'PROVEN' && keyKnown) {
      await this.notProvable(tx, invoice, 'the provider knows the key, and its look-up finds nothing under it');
      const again = new Date(this.clock.now() + lookUpRetryMs);
      return this.wait(tx, invoice, again, { outcome: 'NOT_FOUND_CONTRADICTED' });
    }
    if (verdict.kind === 'PROVEN') return this.settle.provenAbsent(tx, invoice);
    const first = verdict.kind === 'FIRST' ? { not_found_since: new Date(askedAt) } : {};
    return this.wait(tx, invoice, new Date(verdict.askAgainAt), { outcome: `NOT_FOUND_${verdict.kind}` }, first);
  }

  /** No further look-up can end this: a person asks the provider. Look-ups go on, because the provider may still finish. */
  private async notProvable(tx: Tx, invoice: Invoice, reason: string): Promise<void> {
    const detail = `Ask the provider ${invoice.provider} about its key ${invoice.providerKey ?? '-'}: ${reason}.`;
    await this.findings.open(tx, { ...aboutInvoice(invoice), code: 'OUTCOME_NOT_PROVABLE', detail });
  }

  private async wait(
    tx: Tx,
    invoice: Invoice,
    dueAt: Date,
    told: { readonly outcome: string; readonly after?: object },
    set: { readonly not_found_since?: Date | null } = {},
  ): Promise<Settled> {
    return this.changes.execute(tx, invoice.id, {
      from: ['UNKNOWN'],
      set: { due_at: dueAt, locked_until: null, ...set },
      audit: { eventType: 'LOOK_UP', outcome: told.outcome, after: { ...told.after, nextLookUpAt: dueAt } },
    });
  }
}

function callEndOf(answer: LookUpOutcome, latencyMs: number): CallEnd {
  const response = answer.raw?.response;
  if (answer.outcome === 'FAILED') {
    return { outcome: 'FAILED', errorMessage: answer.reason, latencyMs, httpStatus: response?.status, response };
  }
  return { outcome: answer.outcome, latencyMs, httpStatus: response?.status, response };
}
