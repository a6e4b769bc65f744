import { Injectable } from '@nestjs/common';
import { KeyRing, sha256Hex } from '@nx/crypto';
import type { UnknownReason } from '@nx/e-invoice';
import type { Tx } from '@nx/persistence';
import { IdGenerator } from '@nx/reliable';
import type { Invoice } from '../invoices/invoice';

export type CallKind = 'ISSUE' | 'LOOK_UP';
export type CallOutcome = 'ISSUED' | 'REFUSED' | 'NOT_ISSUED' | 'UNKNOWN' | 'FOUND' | 'NOT_FOUND' | 'FAILED';

export interface CallEnd {
  readonly outcome: CallOutcome;
  readonly errorCode?: string | undefined;
  readonly errorMessage?: string | undefined;
  readonly httpStatus?: number | undefined;
  readonly providerReference?: string | undefined;
  readonly latencyMs: number;
  /** Raw answer, sealed before it is stored. */
  readonly response?: object | undefined;
}

export interface StartedCall {
  readonly id: string;
  readonly sequence: number;
}

const LONGEST_ERROR = 500;
/** Reason of an unknown outcome: the provider says that it has seen the key before. */
const KEY_KNOWN: UnknownReason = 'DUPLICATE_REQUEST';

/** SQL of "InvoiceIssuance": a row before each call, completed once after it. */
@Injectable()
export class IssuanceRepository {
  constructor(
    private readonly ring: KeyRing,
    private readonly ids: IdGenerator,
  ) {}

  /**
   * Notes that a call is about to be made under a lease. The unique index on running calls refuses a second one, and the
   * database refuses a token that is stale, here and when the call is finished.
   */
  async start(
    tx: Tx,
    invoice: Invoice,
    { kind, request, fencingToken }: { kind: CallKind; request: object; fencingToken: string },
    now: Date,
  ): Promise<StartedCall> {
    const id = this.ids.next();
    const text = JSON.stringify(request);
    const [row] = await tx.query<{ sequence: number }>(
      `INSERT INTO "InvoiceIssuance" (id, invoice_id, merchant_id, source_id, sequence, kind, provider, provider_key,
         invoice_date, request_fingerprint, request, started_at, fencing_token)
       SELECT $1, $2, $3, $4, coalesce(max(sequence), 0) + 1, $5, $6, $7, $8::date, $9, $10, $11, $12::bigint
       FROM "InvoiceIssuance" WHERE invoice_id = $2
       RETURNING sequence`,
      [
        id,
        invoice.id,
        invoice.merchantId,
        invoice.sourceId,
        kind,
        invoice.provider,
        invoice.providerKey,
        invoice.invoiceDate,
        sha256Hex(text),
        this.ring.seal(text, aadOf(id, 'request')),
        now,
        fencingToken,
      ],
    );
    return { id, sequence: row?.sequence ?? 0 };
  }

  /** Completes a call; false when it was given up meanwhile, because its process was silent for too long. */
  async finish(tx: Tx, callId: string, end: CallEnd, now: Date): Promise<boolean> {
    const response =
      end.response === undefined ? null : this.ring.seal(JSON.stringify(end.response), aadOf(callId, 'response'));
    const changed = await tx.execute(
      `UPDATE "InvoiceIssuance" SET outcome = $2, error_code = $3, error_message = $4, http_status = $5,
         provider_reference = $6, latency_ms = $7, response = $8, finished_at = $9
       WHERE id = $1 AND outcome IS NULL`,
      [
        callId,
        end.outcome,
        end.errorCode ?? null,
        end.errorMessage?.slice(0, LONGEST_ERROR) ?? null,
        end.httpStatus ?? null,
        end.providerReference ?? null,
        end.latencyMs,
        response,
        now,
      ],
    );
    return changed === 1;
  }

  /** Closes calls whose process is gone, under one's own lease: their answers are refused from here on. An issue that nobody saw the end of may have issued: it is UNKNOWN. */
  async giveUpRunning(tx: Tx, invoiceId: string, fencingToken: string, now: Date): Promise<void> {
    await tx.execute(
      `UPDATE "InvoiceIssuance" SET outcome = CASE kind WHEN 'ISSUE' THEN 'UNKNOWN' ELSE 'FAILED' END,
         error_code = 'ABANDONED', error_message = 'the process that made the call is gone', finished_at = $2, fencing_token = $3::bigint
       WHERE invoice_id = $1 AND outcome IS NULL`,
      [invoiceId, now, fencingToken],
    );
  }

  /**
   * What the issuing calls of an invoice leave open: the end of the last one, and whether the provider has said of one
   * that it knows the key already, so that "not found" contradicts it.
   */
  async issueCalls(tx: Tx, invoice: Invoice): Promise<{ endedAt: Date | undefined; keyKnown: boolean }> {
    const [row] = await tx.query<{ ended: Date | null; known: boolean | null }>(
      `SELECT max(coalesce(finished_at, started_at)) AS ended, bool_or(error_code = $3) AS known FROM "InvoiceIssuance"
       WHERE invoice_id = $1 AND kind = 'ISSUE' AND provider_key = $2`,
      [invoice.id, invoice.providerKey, KEY_KNOWN],
    );
    return { endedAt: row?.ended ?? undefined, keyKnown: row?.known === true };
  }

  /** Writes down that nothing was issued by the calls of which that was open. */
  async proveAbsence(tx: Tx, invoiceId: string, now: Date): Promise<void> {
    await tx.execute(
      `UPDATE "InvoiceIssuance" SET absence_proven_at = $2
       WHERE invoice_id = $1 AND kind = 'ISSUE' AND outcome = 'UNKNOWN' AND absence_proven_at IS NULL`,
      [invoiceId, now],
    );
  }
}

const aadOf = (id: string, column: string): { table: string; column: string; rowId: string } => ({
  table: 'InvoiceIssuance',
  column,
  rowId: id,
});
