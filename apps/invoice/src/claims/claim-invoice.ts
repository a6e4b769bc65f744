import { Inject, Injectable } from '@nestjs/common';
import { AppError, type Clock } from '@nx/contracts';
import { sha256Hex } from '@nx/crypto';
import { normalizeBuyer, validateBuyer, type InvoiceBuyer } from '@nx/e-invoice';
import { CLOCK, Logger, Metrics, type Counter } from '@nx/observability';
import { Database } from '@nx/persistence';
import { InvoiceConfig } from '../invoice.config';
import type { Invoice } from '../invoices/invoice';
import { EnqueueIssuance } from '../issuance/enqueue-issuance';
import { hashOfToken, isClaimToken } from './claim-token';
import { CLAIM_STATES, InvoiceRequestRepository, type InvoiceRequest } from './invoice-request.repository';
import { SettleClaim } from './settle-claim';

/** The public's one answer to a token that is wrong, used or expired: the three look the same. */
export const claimNotAvailable = (operatorDetail: string): AppError =>
  new AppError({
    code: 'invoice.claim.not_available',
    detail: 'This code cannot be used. Scan the code of your receipt again, or ask the shop.',
    operatorDetail,
  });

/** A buyer's data as it will stand on the invoice. Throws `invoice.buyer.invalid` with one entry per wrong member. */
export function buyerFrom(body: object): InvoiceBuyer {
  const errors = validateBuyer(body);
  if (errors.length > 0) {
    throw new AppError({
      code: 'invoice.buyer.invalid',
      detail: errors.length === 1 ? '1 member is wrong.' : `${errors.length} members are wrong.`,
      errors,
    });
  }
  return normalizeBuyer(body);
}

/** The buyer names himself. One compare-and-set decides against the deadline; a refused body consumes nothing. */
@Injectable()
export class ClaimInvoice {
  private readonly races: Counter;

  constructor(
    private readonly database: Database,
    private readonly requests: InvoiceRequestRepository,
    private readonly settle: SettleClaim,
    private readonly enqueue: EnqueueIssuance,
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    const known = CLAIM_STATES.map((winner) => ({ winner }));
    const help = 'Claims that lost against another claim or the deadline, by what the request had become';
    this.races = metrics.counter('invoice_claim_races_total', help, ['winner'], known);
  }

  /** The claimed request. The identical body within 15 minutes answers the same again. */
  async execute(token: string, body: object): Promise<InvoiceRequest> {
    if (!isClaimToken(token)) throw claimNotAvailable('not a token');
    const hash = hashOfToken(token);
    const known = await this.requests.byTokenHash(hash);
    if (known === undefined) throw claimNotAvailable('unknown token');
    // Whoever holds no open token learns nothing from the checks of the body.
    if (known.claimState !== 'PENDING') return this.repeated(known, body);
    const buyer = buyerFrom(body);
    const fingerprint = fingerprintOf(known.id, buyer);
    const now = new Date(this.clock.now());
    const claimed = await this.database.transaction(async (tx) => {
      const request = await this.requests.claim(tx, hash, buyer, fingerprint, now);
      if (request === undefined || request.invoiceId === null) return undefined;
      const end = { buyer, event: 'invoice.claimed', actorId: 'buyer' } as const;
      return { request, invoice: await this.settle.execute(tx, request.invoiceId, end) };
    });
    if (claimed === undefined) return this.lost(hash, body);
    await this.released(claimed.request, claimed.invoice);
    return claimed.request;
  }

  /** Somebody was first: the buyer's own second click, or the deadline. */
  private async lost(hash: string, body: object): Promise<InvoiceRequest> {
    const now = await this.requests.byTokenHash(hash);
    if (now === undefined) throw claimNotAvailable('removed meanwhile');
    if (now.claimState !== null) this.races.inc({ winner: now.claimState });
    return this.repeated(now, body);
  }

  private repeated(request: InvoiceRequest, body: object): InvoiceRequest {
    const { claimState, claimedAt, fingerprint } = request;
    const fresh = claimedAt !== null && this.clock.now() - claimedAt.getTime() <= this.config.claims.repeatMs;
    if (claimState === 'CLAIMED' && fresh && validateBuyer(body).length === 0) {
      if (fingerprintOf(request.id, normalizeBuyer(body)) === fingerprint) return request;
    }
    throw claimNotAvailable(`claim is ${claimState ?? 'not open'}`);
  }

  private async released(request: InvoiceRequest, invoice: Invoice | undefined): Promise<void> {
    this.logger.info(`[claimInvoice] order: ${request.sourceId}, claimed`, { invoiceId: request.invoiceId });
    if (invoice !== undefined) await this.enqueue.invoice(invoice);
  }
}

const fingerprintOf = (requestId: string, buyer: InvoiceBuyer): string =>
  sha256Hex(`${requestId}\n${JSON.stringify(Object.entries(buyer).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`);
