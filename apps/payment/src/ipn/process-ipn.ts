import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import { KeyRing } from '@nx/crypto';
import {
  evidenceOfCallback,
  postSuspenseWithoutAttempt,
  PROVIDERS,
  type Decision,
  type ParsedCallback,
  type ProviderCode,
} from '@nx/mq-pay';
import { toSafeNumber } from '@nx/money';
import { CLOCK, Logger } from '@nx/observability';
import { Database, isUniqueViolation, type Statement, type Tx } from '@nx/persistence';
import { IdGenerator, Outbox } from '@nx/reliable';
import { writeJournal } from '../ledger/write-journal';
import { ProviderCredentials } from '../providers/provider-credentials';
import { providerOf } from '../providers/call-provider';
import { ApplyProviderResult } from '../transactions/apply-provider-result';
import { operationsAlert } from '../transactions/payment-events';
import { parsedOf } from './stored-callback';

interface IpnRow {
  id: string;
  provider: ProviderCode;
  attempt_id: string | null;
  transaction_id: string | null;
  merchant_id: string | null;
  credential_id: string | null;
  body_sealed: string;
  headers: Record<string, string>;
  received_at: Date;
  processed_at: Date | null;
}

type ClaimedRow = IpnRow & { attempt_id: string; transaction_id: string; merchant_id: string };

/** Whether the callback names an attempt of ours. */
const isClaimed = (row: IpnRow): row is ClaimedRow =>
  row.attempt_id !== null && row.transaction_id !== null && row.merchant_id !== null;

/** A callback that cannot be applied, for example because its connection does not open, is tried at least so often. */
const LONGEST_PAUSE_SECONDS = 600;

/** Applies a stored callback. Safe to run twice: the state machine and the row's guard make the second run a no-op. */
@Injectable()
export class ProcessIpn {
  private readonly load: Statement<IpnRow>;

  constructor(
    private readonly database: Database,
    private readonly ring: KeyRing,
    private readonly applying: ApplyProviderResult,
    private readonly credentials: ProviderCredentials,
    private readonly ids: IdGenerator,
    private readonly outbox: Outbox,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.load = database.statement(
      'ipn-load',
      `SELECT id, provider, attempt_id, transaction_id, merchant_id, credential_id, body_sealed, headers, received_at,
         processed_at FROM "IpnInbox" WHERE id = $1`,
    );
  }

  /** Throws what the database throws; the job and the sweeper come again, after pauses that grow. */
  async execute(ipnId: string): Promise<void> {
    try {
      await this.apply(ipnId);
    } catch (error) {
      await this.noteFailure(ipnId, error);
      throw error;
    }
  }

  /**
   * Applies a callback of one of our attempts again, whatever came of it before: known evidence changes nothing. Gives
   * what came of it now; undefined for a callback that names no attempt.
   */
  async replay(ipnId: string): Promise<Decision | undefined> {
    const [row] = await this.load.run([ipnId]);
    if (row === undefined || !isClaimed(row)) return undefined;
    return this.applyTo(row, this.parse(row));
  }

  /** Best effort: with the database away there is nothing to note it in. */
  private async noteFailure(ipnId: string, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : 'failed';
    await this.database
      .execute(
        `UPDATE "IpnInbox" SET tries = tries + 1, last_error = $2,
           next_try_at = $3::timestamptz + make_interval(secs => least(${LONGEST_PAUSE_SECONDS}, 2 ^ least(tries, 20)))
         WHERE id = $1 AND processed_at IS NULL`,
        [ipnId, message.slice(0, 500), new Date(this.clock.now())],
      )
      .catch(() => undefined);
  }

  private async apply(ipnId: string): Promise<void> {
    const [row] = await this.load.run([ipnId]);
    if (row === undefined || row.processed_at !== null) return;
    const parsed = this.parse(row);
    if (!isClaimed(row)) {
      await this.keepUnclaimed(row, parsed);
      return;
    }
    const decision = await this.applyTo(row, parsed);
    this.logger.info('callback applied', {
      paymentProvider: row.provider,
      attemptId: row.attempt_id,
      transactionId: row.transaction_id,
      applied: decision.appliedMinor.toString(),
      suspense: decision.suspenseMinor.toString(),
      ...(decision.ignore === undefined ? {} : { ignored: decision.ignore }),
    });
  }

  private async applyTo(row: ClaimedRow, parsed: ParsedCallback): Promise<Decision> {
    const credential = await this.credentials.ofAttempt(providerOf(row.provider), row.credential_id);
    return this.applying.execute({
      merchantId: row.merchant_id,
      transactionId: row.transaction_id,
      attemptId: row.attempt_id,
      evidence: evidenceOfCallback(parsed, row.received_at.getTime()),
      settlementModel: credential.configuration.settlementModel,
      ...(row.processed_at === null ? { ipn: { id: row.id } } : {}),
      actorId: null,
    });
  }

  private parse(row: IpnRow): ParsedCallback {
    const protocol = PROVIDERS.get(row.provider)?.callbacks;
    if (protocol === undefined || protocol === null) throw new Error(`${row.provider} has no callbacks`);
    const aad = { table: 'IpnInbox', column: 'body_sealed', rowId: row.id };
    const text = this.ring.open(row.body_sealed, aad);
    return parsedOf(text, (raw) => protocol.parseCallback({ ...raw, headers: row.headers }));
  }

  /**
   * Signed money without an attempt of ours: whole to suspense, with a finding for a person. It does not go back by
   * itself before he has matched it: who else sells at this terminal is not known here. What the provider has to be told
   * to give it back is kept.
   */
  private async keepUnclaimed(row: IpnRow, parsed: ParsedCallback): Promise<void> {
    try {
      await this.database.transaction(async (tx) => {
        const claimed = await tx.execute(
          `UPDATE "IpnInbox" SET processed_at = $2, outcome = $3, tries = tries + 1
           WHERE id = $1 AND processed_at IS NULL`,
          [row.id, new Date(this.clock.now()), parsed.success ? 'SUSPENSE' : 'NOTED'],
        );
        if (claimed === 1 && parsed.success) await this.keepMoney(tx, row, parsed);
      });
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      await this.database.execute(
        `UPDATE "IpnInbox" SET processed_at = $2, outcome = 'DUPLICATE', tries = tries + 1
         WHERE id = $1 AND processed_at IS NULL`,
        [row.id, new Date(this.clock.now())],
      );
    }
  }

  /** A payment that an attempt has booked is not booked again, whatever reference this callback names for it. */
  private async keepMoney(tx: Tx, row: IpnRow, parsed: ParsedCallback): Promise<void> {
    const [booked] = await tx.query<{ id: string }>(
      'SELECT id FROM "PaymentAttempt" WHERE provider = $1 AND provider_reference = $2',
      [row.provider, parsed.providerReference],
    );
    if (booked === undefined) return this.writeSuspense(tx, row, parsed);
    const detail = `A signed callback names ${parsed.attemptUid} for a payment that is booked on attempt ${booked.id}.`;
    await this.writeFinding(tx, row.merchant_id ?? 'PLATFORM', 'CONFLICTING_EVIDENCE', detail);
  }

  private async writeFinding(tx: Tx, merchantId: string, code: string, detail: string): Promise<string> {
    const id = this.ids.next();
    await tx.execute(
      `INSERT INTO "Finding" (id, code, merchant_id, detail, created_at, modified_at) VALUES ($1, $2, $3, $4, $5, $5)`,
      [id, code, merchantId, detail, new Date(this.clock.now())],
    );
    return id;
  }

  private async writeSuspense(tx: Tx, row: IpnRow, parsed: ParsedCallback): Promise<void> {
    const now = this.clock.now();
    const credential = await this.credentials.ofAttempt(providerOf(row.provider), row.credential_id);
    const merchantId = row.merchant_id ?? 'PLATFORM';
    const detail = `A signed callback names ${parsed.attemptUid}, which is no attempt of this merchant.`;
    const findingId = await this.writeFinding(tx, merchantId, 'NO_ATTEMPT', detail);
    const suspenseId = this.ids.next();
    await tx.execute(
      `INSERT INTO "SuspenseItem" (id, merchant_id, provider, provider_reference, named_reference, provider_paid_at, amount,
         currency, reason, finding_id, created_at, modified_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 'VND', 'NO_ATTEMPT', $8, $9, $9)`,
      [
        suspenseId,
        merchantId,
        row.provider,
        parsed.providerReference,
        parsed.attemptUid,
        parsed.paidAtMs === null ? null : new Date(parsed.paidAtMs),
        parsed.amountMinor.toString(),
        findingId,
        new Date(now),
      ],
    );
    const journal = postSuspenseWithoutAttempt({
      merchantId,
      currency: 'VND',
      provider: row.provider,
      method: providerOf(row.provider).methods[0] ?? '100_QR_CODE',
      settlementModel: credential.configuration.settlementModel,
      suspenseItemId: suspenseId,
      providerReference: parsed.providerReference,
      amountMinor: parsed.amountMinor,
    });
    await this.outbox.append(tx, {
      aggregateType: 'SuspenseItem',
      aggregateId: suspenseId,
      version: 1,
      events: [
        operationsAlert(
          this.ids.next(),
          { merchantId, organizerId: null },
          { subject: parsed.attemptUid, message: detail, code: 'NO_ATTEMPT', amount: toSafeNumber(parsed.amountMinor) },
          now,
        ),
      ],
    });
    await writeJournal(tx, { journal, id: this.ids.next(), merchantId, transactionId: null, attemptId: null, now });
  }
}
