import { Inject, Injectable } from '@nestjs/common';
import type { MerchantActor } from '@nx/authz';
import { AppError, type Clock } from '@nx/contracts';
import { decodeCursor, page, type OnceRequest, type Page } from '@nx/http';
import { CLOCK } from '@nx/observability';
import { Database, type Tx } from '@nx/persistence';
import { IdempotencyStore, IdGenerator } from '@nx/reliable';
import { SALE_ORDER } from '../invoices/invoice';
import { InvoiceRepository } from '../invoices/invoice.repository';
import { EnqueueIssuance } from '../issuance/enqueue-issuance';
import { ClaimCode } from './claim-code';
import type { CreateRequestRequest, RequestQuery, RequestView } from './claim.dto';
import { buyerFrom } from './claim-invoice';
import { ClaimTokens, hashOfToken } from './claim-token';
import { InvoiceRequestRepository, type InvoiceRequest } from './invoice-request.repository';
import { SettleClaim } from './settle-claim';

/** Requests as staff sees them; unlike the public it is told whether a code is used, expired or unknown. */
@Injectable()
export class ManageRequests {
  constructor(
    private readonly database: Database,
    private readonly requests: InvoiceRequestRepository,
    private readonly invoices: InvoiceRepository,
    private readonly settle: SettleClaim,
    private readonly enqueue: EnqueueIssuance,
    private readonly tokens: ClaimTokens,
    private readonly code: ClaimCode,
    private readonly ids: IdGenerator,
    private readonly keys: IdempotencyStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async list(merchantId: string, query: RequestQuery): Promise<Page<RequestView>> {
    const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
    const rows = await this.requests.list(merchantId, query, after, query.limit);
    const { data, nextCursor } = page(rows, query.limit, ({ createdAt, id }) => ({
      createdAtMs: createdAt.getTime(),
      id,
    }));
    return { data: await Promise.all(data.map((request) => this.view(request))), nextCursor };
  }

  async one(merchantId: string, id: string): Promise<RequestView> {
    return this.view(await this.mine(merchantId, id));
  }

  /** What a code that a buyer shows is worth. Throws `invoice.claim.used` and `invoice.claim.expired`. */
  async byToken(merchantId: string, token: string): Promise<RequestView> {
    const request = await this.requests.byTokenHash(hashOfToken(token));
    if (request === undefined || request.merchantId !== merchantId) throw notFound();
    this.demandOpen(request);
    return this.view(request);
  }

  /** Names the buyer of a sale: before its payment, or in place of a buyer who has not claimed yet. */
  async create(body: CreateRequestRequest, actor: MerchantActor, key?: OnceRequest): Promise<RequestView> {
    const sourceType = body.sourceType ?? SALE_ORDER;
    const buyer = buyerFrom(body.buyer);
    const now = new Date(this.clock.now());
    const known = await this.requests.ofSource(actor.merchantId, sourceType, body.sourceId);
    if (known !== undefined && known.claimState !== null) return this.claimFor(known, buyer, actor, now, key);
    return this.database.transaction(async (tx) => {
      const id = await this.name(tx, { ...body, sourceType }, buyer, actor, now);
      return this.remembered(tx, id, actor.merchantId, key);
    });
  }

  /** The request with its buyer while the sale has no invoice yet; otherwise the payment was first. */
  private async name(
    tx: Tx,
    { sourceType, sourceId }: { readonly sourceType: string; readonly sourceId: string },
    buyer: ReturnType<typeof buyerFrom>,
    actor: MerchantActor,
    now: Date,
  ): Promise<string> {
    const { merchantId, userId } = actor;
    await this.requests.lockSource(tx, merchantId, sourceType, sourceId);
    const known = await this.requests.ofSource(merchantId, sourceType, sourceId, tx);
    if ((await this.invoices.activeOf(merchantId, sourceType, sourceId, tx)) !== undefined) throw onItsWay();
    if (known === undefined) {
      const id = this.ids.next();
      const fresh = { id, merchantId, sourceType, sourceId, buyer, createdAt: now };
      await this.requests.insert(tx, { ...UNCLAIMED, ...fresh }, userId);
      return id;
    }
    if (!(await this.requests.replaceBuyer(tx, known.id, buyer, userId, now))) throw onItsWay();
    return known.id;
  }

  /** A new code for the receipt; the old one is worthless from now on. */
  async reissue(id: string, actor: MerchantActor): Promise<RequestView> {
    const request = await this.mine(actor.merchantId, id);
    this.demandOpen(request);
    const version = request.tokenVersion + 1;
    const { hash, keyId } = this.tokens.make(id, version);
    const now = new Date(this.clock.now());
    const reissued = await this.database.transaction((tx) =>
      this.requests.reissue(tx, id, { version, hash, keyId }, actor.userId, now),
    );
    if (reissued === undefined) throw notPending();
    return this.view(reissued);
  }

  private async claimFor(
    request: InvoiceRequest,
    buyer: ReturnType<typeof buyerFrom>,
    actor: MerchantActor,
    now: Date,
    key: OnceRequest | undefined,
  ): Promise<RequestView> {
    this.demandOpen(request);
    const { tokenHash, invoiceId } = request;
    if (tokenHash === null || invoiceId === null) throw notPending();
    const { invoice, view } = await this.database.transaction(async (tx) => {
      const claimed = await this.requests.claim(tx, tokenHash, buyer, 'staff', now);
      if (claimed === undefined) throw notPending();
      const settled = await this.settle.execute(tx, invoiceId, {
        buyer,
        event: 'invoice.claimed',
        actorId: actor.userId,
      });
      return { invoice: settled, view: await this.remembered(tx, request.id, actor.merchantId, key) };
    });
    if (invoice !== undefined) await this.enqueue.invoice(invoice);
    return view;
  }

  /** The answer as it stands in the transaction. A claim that is over or was never asked has no code, so no secret is kept. */
  private async remembered(tx: Tx, id: string, merchantId: string, key: OnceRequest | undefined): Promise<RequestView> {
    const view = await this.view(await this.mine(merchantId, id, tx));
    await this.keys.remember(tx, key, view);
    return view;
  }

  private demandOpen({ claimState, deadline }: InvoiceRequest): void {
    if (claimState === 'CLAIMED') throw new AppError({ code: 'invoice.claim.used', detail: 'The buyer has claimed.' });
    const over = deadline !== null && deadline.getTime() <= this.clock.now();
    if (claimState === 'EXPIRED' || (claimState === 'PENDING' && over)) {
      throw new AppError({ code: 'invoice.claim.expired', detail: 'The window to claim is over.' });
    }
    if (claimState !== 'PENDING') throw notPending();
  }

  private async mine(merchantId: string, id: string, tx?: Tx): Promise<InvoiceRequest> {
    const request = await this.requests.find(id, tx);
    if (request === undefined || request.merchantId !== merchantId) throw notFound();
    return request;
  }

  private async view(request: InvoiceRequest): Promise<RequestView> {
    const { id, merchantId, sourceType, sourceId, invoiceId, buyer } = request;
    const claim = await this.code.of(request);
    return {
      id,
      merchantId,
      sourceType,
      sourceId,
      invoiceId,
      buyer,
      claim,
      createdAt: request.createdAt.toISOString(),
    };
  }
}

const UNCLAIMED = {
  invoiceId: null,
  claimState: null,
  tokenHash: null,
  tokenVersion: 1,
  keyId: null,
  deadline: null,
  claimedAt: null,
  fingerprint: null,
} as const;

const onItsWay = (): AppError =>
  new AppError({ code: 'invoice.invoice.exists', detail: 'The sale is on its way under another buyer.' });

const notFound = (): AppError =>
  new AppError({ code: 'invoice.request.not_found', detail: 'The merchant has no such request.' });

const notPending = (): AppError =>
  new AppError({ code: 'invoice.claim.not_pending', detail: 'This request has no open claim.' });
