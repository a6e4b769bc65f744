import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import type { IssuedInvoice } from '@nx/e-invoice';
import { CLOCK, Logger, Metrics, type Counter } from '@nx/observability';
import { isUniqueViolation, Database, type Tx } from '@nx/persistence';
import { aboutInvoice, type FindingCode } from '../findings/finding';
import { Findings } from '../findings/findings';
import { InvoiceConfig } from '../invoice.config';
import { ChangeInvoice } from '../invoices/change-invoice';
import type { Invoice } from '../invoices/invoice';
import { InvoiceRepository } from '../invoices/invoice.repository';
import type { IssueAnswer } from './call-issuer';
import { ExplainRefunds } from '../refunds-in/explain-refunds';
import { ApplyAuthority } from '../webhooks/apply-authority';
import { IssuanceRepository, type CallEnd } from './issuance.repository';
import { nextRetry } from './retry-policy';

/** Where an invoice stands after a call, for the nudge that follows. */
export type Settled = Invoice | undefined;

/** Why an invoice is given up. */
const GIVEN_UP_FOR = ['REFUSED', 'RETRIES_USED_UP'] as const;
const OPEN = ['PROCESSING', 'UNKNOWN'] as const;
/** Findings that an issued invoice answers by itself. */
const OVER_WHEN_ISSUED: readonly FindingCode[] = ['LEGAL_DEADLINE_NEAR', 'SERIES_WENT_ON', 'OUTCOME_NOT_PROVABLE'];

/** Writes down what a call to a provider came to: the call's row, the invoice, its audit trail and its events at once. */
@Injectable()
export class SettleIssuance {
  private readonly deadLetters: Counter;

  constructor(
    private readonly database: Database,
    private readonly changes: ChangeInvoice,
    private readonly calls: IssuanceRepository,
    private readonly invoices: InvoiceRepository,
    private readonly findings: Findings,
    private readonly refunds: ExplainRefunds,
    private readonly authority: ApplyAuthority,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    metrics: Metrics,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    const known = GIVEN_UP_FOR.map((reason) => ({ reason }));
    const help = 'Invoices that were given up';
    this.deadLetters = metrics.counter('invoice_issuance_dead_letters_total', help, ['reason'], known);
  }

  /** Applies an issuer's answer to the invoice that is PROCESSING. */
  async issued(invoice: Invoice, callId: string, answer: IssueAnswer, latencyMs: number): Promise<Settled> {
    const end = callEndOf(answer, latencyMs);
    return this.settle(invoice, callId, end, (tx) => {
      switch (answer.outcome) {
        case 'ISSUED':
          return this.succeed(tx, invoice, answer);
        case 'REFUSED':
          return this.fail(tx, invoice, {
            reason: 'REFUSED',
            code: answer.code,
            message: answer.message,
            permanent: answer.permanent,
          });
        case 'UNWRITABLE':
          return this.fail(tx, invoice, {
            reason: 'REFUSED',
            code: 'INVALID_INVOICE',
            message: answer.message,
            permanent: true,
          });
        case 'NOT_ISSUED':
          return this.again(tx, invoice, answer.reason, answer.retryAfterMs);
        case 'UNKNOWN':
          return this.unknown(tx, invoice, answer.reason, answer.message);
      }
    });
  }

  /** SUCCESS with the provider's number. */
  async succeed(tx: Tx, invoice: Invoice, issued: IssuedInvoice): Promise<Settled> {
    const now = new Date(this.clock.now());
    const { invoiceNumber, cqtCode, lookupCode, providerReference } = issued;
    const succeeded = await this.changes.execute(tx, invoice.id, {
      from: OPEN,
      to: 'SUCCESS',
      set: {
        invoice_number: invoiceNumber,
        cqt_code: cqtCode ?? null,
        lookup_code: lookupCode ?? null,
        provider_reference: providerReference ?? null,
        authority_status: !invoice.hasCqtCode ? 'NOT_REQUIRED' : cqtCode === undefined ? 'PENDING' : 'CODED',
        issued_at: now,
        ...AT_REST,
        metadata: withoutError(invoice.metadata),
      },
      // A number of a provider that it was taken from meanwhile is no number of this try.
      guard: { sql: 'i.provider_key = :1', params: [invoice.providerKey] },
      audit: { eventType: 'ISSUED', outcome: 'SUCCESS', after: { invoiceNumber, cqtCode, lookupCode } },
      notification: 'INVOICE_ISSUED',
    });
    if (succeeded === undefined) await this.tooLate(tx, invoice, invoiceNumber);
    else {
      await this.findings.causeGone(tx, OVER_WHEN_ISSUED, invoice.id, `It is issued under ${invoiceNumber}.`);
      await this.refunds.execute(tx, invoice.merchantId, invoice.sourceId);
      await this.authority.waiting(tx, succeeded);
    }
    return succeeded;
  }

  /** The look-up brought the final no of the vendor or of the authority: nothing was issued under the key. */
  async refusedLater(
    tx: Tx,
    invoice: Invoice,
    no: { readonly code: string; readonly message: string },
  ): Promise<Settled> {
    await this.calls.proveAbsence(tx, invoice.id, new Date(this.clock.now()));
    await this.findings.causeGone(tx, ['OUTCOME_NOT_PROVABLE'], invoice.id, 'The provider has refused it.');
    return this.fail(tx, invoice, { reason: 'REFUSED', ...no, permanent: true });
  }

  /** Two look-ups prove that nothing was issued: the same key may be sent again. */
  async provenAbsent(tx: Tx, invoice: Invoice): Promise<Settled> {
    await this.calls.proveAbsence(tx, invoice.id, new Date(this.clock.now()));
    await this.findings.causeGone(tx, ['OUTCOME_NOT_PROVABLE'], invoice.id, 'It is proven that nothing was issued.');
    return this.again(tx, invoice, 'two look-ups prove that nothing was issued', undefined, true);
  }

  /** A number for an invoice that is no longer waiting for one: nothing is undone, and a person has to know. */
  private async tooLate(tx: Tx, invoice: Invoice, invoiceNumber: string): Promise<void> {
    const present = await this.invoices.find(invoice.id, tx);
    if (present === undefined || present.invoiceNumber === invoiceNumber) return;
    const detail =
      `The provider ${invoice.provider} has issued it under ${invoiceNumber}, key ${invoice.providerKey ?? '-'}, ` +
      `while it is ${present.status}${present.invoiceNumber === null ? '' : ` under ${present.invoiceNumber}`}.`;
    await this.findings.open(tx, { ...aboutInvoice(invoice), code: 'ISSUED_TOO_LATE', detail });
  }

  /** It may have been issued: nothing but look-ups until that is proven. */
  private async unknown(tx: Tx, invoice: Invoice, reason: string, message: string): Promise<Settled> {
    const now = this.clock.now();
    // A vendor that knows the key already has the answer; otherwise it may still be working.
    const delayMs = reason === 'DUPLICATE_REQUEST' ? 0 : this.config.issuance.lookUpRetryMs;
    this.logger.warn('[_handleIssuanceFailure] Outcome unknown, looking up', { invoiceId: invoice.id, reason });
    return this.changes.execute(tx, invoice.id, {
      from: OPEN,
      to: 'UNKNOWN',
      set: {
        ...AT_REST,
        due_at: new Date(now + delayMs),
        metadata: { ...invoice.metadata, errorMessage: message, permanent: false },
      },
      audit: { eventType: 'OUTCOME_UNKNOWN', outcome: 'UNKNOWN', after: { reason, message } },
    });
  }

  /** It provably was not issued: later again, or given up when the retries are used up. */
  private async again(
    tx: Tx,
    invoice: Invoice,
    message: string,
    notBeforeMs?: number,
    atOnce = false,
  ): Promise<Settled> {
    const now = new Date(this.clock.now());
    const { minuteMs } = this.config.issuance;
    const retry = nextRetry(invoice.config.retry, invoice.retryCount, now, atOnce ? 0 : minuteMs, notBeforeMs);
    if (retry === undefined) {
      return this.fail(tx, invoice, { reason: 'RETRIES_USED_UP', code: 'RETRIES_USED_UP', message, permanent: false });
    }
    this.logger.warn('[_handleIssuanceFailure] Scheduling retry', {
      invoiceId: invoice.id,
      orderId: invoice.sourceId,
      retry: retry.retryCount,
      at: retry.at.toISOString(),
    });
    return this.changes.execute(tx, invoice.id, {
      from: OPEN,
      to: 'PENDING',
      set: {
        ...AT_REST,
        retry_count: retry.retryCount,
        next_retry_at: retry.at,
        due_at: retry.at,
        metadata: { ...invoice.metadata, errorMessage: message, permanent: false },
      },
      audit: { eventType: 'NOT_ISSUED', outcome: 'PENDING', after: { retry: retry.retryCount, at: retry.at, message } },
      // The invoice was announced when it was made: a retry is no news to other services.
      event: null,
    });
  }

  private async fail(
    tx: Tx,
    invoice: Invoice,
    failure: {
      readonly reason: (typeof GIVEN_UP_FOR)[number];
      readonly code: string;
      readonly message: string;
      readonly permanent: boolean;
    },
  ): Promise<Settled> {
    const { reason, code, message, permanent } = failure;
    const failed = await this.changes.execute(tx, invoice.id, {
      from: OPEN,
      to: 'FAILED',
      set: { ...AT_REST, metadata: { ...invoice.metadata, errorCode: code, errorMessage: message, permanent } },
      // Whatever led here: an invoice of which one call may have issued is never given up.
      guard: { sql: 'invoice.nothing_issued(i.id)', params: [] },
      audit: { eventType: 'GIVEN_UP', outcome: 'FAILED', after: { reason, code, message, permanent } },
      notification: 'INVOICE_FAILED',
    });
    if (failed === undefined) return this.unknown(tx, invoice, 'EARLIER_CALL_OPEN', message);
    tx.afterCommit(() => {
      this.deadLetters.inc({ reason });
      this.logger.error('[DLQ] invoice-issuance', {
        invoiceId: invoice.id,
        orderId: invoice.sourceId,
        retries: invoice.retryCount,
        reason,
        code,
      });
    });
    return failed;
  }

  /** Runs the change with the end of its call. A number that the series has already is a case for a person. */
  async settle(invoice: Invoice, callId: string, end: CallEnd, change: (tx: Tx) => Promise<Settled>): Promise<Settled> {
    const finish = (tx: Tx): Promise<boolean> => this.calls.finish(tx, callId, end, new Date(this.clock.now()));
    try {
      return await this.database.transaction(async (tx) => {
        // Nobody waits for a call that was given up, unless it brings the number.
        const awaited = await finish(tx);
        return awaited || end.outcome === 'ISSUED' || end.outcome === 'FOUND' ? change(tx) : undefined;
      });
    } catch (error) {
      if (!isUniqueViolation(error, 'invoice_number_of_series')) throw error;
      this.logger.error('the provider gave a number twice', { invoiceId: invoice.id, callId });
      return this.database.transaction(async (tx) => {
        await finish(tx);
        return this.numberTaken(tx, invoice);
      });
    }
  }

  private async numberTaken(tx: Tx, invoice: Invoice): Promise<Settled> {
    const series = `${invoice.invoiceForm}${invoice.invoiceSymbol}`;
    const detail = `The provider ${invoice.provider} gave it a number that another invoice of ${series} has.`;
    await this.findings.open(tx, { ...aboutInvoice(invoice), code: 'NUMBER_TAKEN', detail });
    return this.changes.execute(tx, invoice.id, {
      from: OPEN,
      to: 'UNKNOWN',
      set: { ...AT_REST, findings: [...new Set([...invoice.findings, 'NUMBER_TAKEN'])] },
      audit: { eventType: 'NUMBER_TAKEN', outcome: 'UNKNOWN' },
    });
  }
}

/** What no longer holds once a call is over. */
const AT_REST = { due_at: null, locked_until: null, next_retry_at: null, not_found_since: null } as const;

function withoutError(metadata: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { errorMessage: _message, errorCode: _code, permanent: _permanent, ...rest } = metadata;
  return rest;
}

function callEndOf(answer: IssueAnswer, latencyMs: number): CallEnd {
  switch (answer.outcome) {
    case 'ISSUED':
      return {
        outcome: 'ISSUED',
        latencyMs,
        providerReference: answer.providerReference,
        response: answer.raw.response,
      };
    case 'REFUSED': {
      const { code: errorCode, message: errorMessage, httpStatus, raw } = answer;
      return { outcome: 'REFUSED', latencyMs, errorCode, errorMessage, httpStatus, response: raw.response };
    }
    case 'UNWRITABLE':
      return { outcome: 'REFUSED', latencyMs, errorCode: 'INVALID_INVOICE', errorMessage: answer.message };
    case 'NOT_ISSUED':
      return {
        outcome: 'NOT_ISSUED',
        latencyMs,
        errorCode: answer.proof,
        errorMessage: answer.reason,
        response: answer.raw?.response,
      };
    case 'UNKNOWN':
      return {
        outcome: 'UNKNOWN',
        latencyMs,
        errorCode: answer.reason,
        errorMessage: answer.message,
        httpStatus: answer.raw?.response?.status,
        response: answer.raw?.response,
      };
  }
}
