import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import type { LookUpOutcome } from '@nx/e-invoice';
import { CLOCK } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
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
    private readonly config: InvoiceConfig,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** One look-up of an invoice that is UNKNOWN; undefined when another process is at it. */
  async execute(invoice: Invoice, connection: ProviderConnection): Promise<Settled> {
    const taken = await this.take(invoice);
    if (taken === undefined) return undefined;
    const { held, call } = taken;
    const askedAt = this.clock.now();
    const started = performance.now();
    const answer = await this.issuer.lookUp(held, providerKeyOf(readyInvoice(held)), connection);
    const latencyMs = Math.round(performance.now() - started);
    return this.settle.settle(held, call.id, callEndOf(answer, latencyMs), (tx) =>
      this.apply(tx, held, answer, askedAt),
    );
  }

  private async take(invoice: Invoice): Promise<{ held: Invoice; call: StartedCall } | undefined> {
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
      await this.calls.giveUpRunning(tx, held.id, now);
      const key = providerKeyOf(readyInvoice(held));
      return { held, call: await this.calls.start(tx, held, 'LOOK_UP', { key }, now) };
    });
  }

  private async apply(tx: Tx, invoice: Invoice, answer: LookUpOutcome, askedAt: number): Promise<Settled> {
    switch (answer.outcome) {
      case 'FOUND':
        return this.settle.succeed(tx, invoice, answer);
      case 'FAILED':
        return this.wait(
          tx,
          invoice,
          new Date(this.clock.now() + this.config.issuance.lookUpRetryMs),
          { outcome: 'FAILED', after: { reason: answer.reason } },
          // A draft under the key takes back what an earlier "not found" began to prove.
          answer.unsettled === true ? { not_found_since: null } : {},
        );
      case 'NOT_FOUND':
        return this.negative(tx, invoice, askedAt);
    }
  }

  private async negative(tx: Tx, invoice: Invoice, askedAt: number): Promise<Settled> {
    const { lookUpGapMs, longestProcessingMs } = this.config.issuance;
    const ended = await this.calls.lastIssueEndedAt(invoice.id, tx);
    const verdict = judgeNegative({
      askedAt,
      lastIssueEndedAt: ended?.getTime() ?? invoice.modifiedAt.getTime(),
      notFoundSince: invoice.notFoundSince?.getTime() ?? null,
      longestProcessingMs: longestProcessingMs ?? issuerOf(invoice.provider).capabilities.longestProcessingMs,
      gapMs: lookUpGapMs,
    });
    if (verdict.kind === 'PROVEN') {
      return this.settle.again(tx, invoice, 'two look-ups prove that nothing was issued', undefined, true);
    }
    const first = verdict.kind === 'FIRST' ? { not_found_since: new Date(askedAt) } : {};
    return this.wait(tx, invoice, new Date(verdict.askAgainAt), { outcome: `NOT_FOUND_${verdict.kind}` }, first);
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
