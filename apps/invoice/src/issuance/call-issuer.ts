import { Inject, Injectable } from '@nestjs/common';
import type { Clock } from '@nx/contracts';
import {
  InvalidInvoiceError,
  ISSUERS,
  TokenCache,
  type InvoiceIssuer,
  type IssueOutcome,
  type AdjustRequest,
  type IssueRequest,
  type IssuerCode,
  type LookUpOutcome,
  type ProviderKey,
} from '@nx/e-invoice';
import { CLOCK, Logger, Metrics, type Histogram } from '@nx/observability';
import type { Invoice } from '../invoices/invoice';
import { isAdjustRequest } from './issue-request';
import type { ProviderConnection } from '../providers/provider-credentials';
import { SendPort, type IssuerCall } from './send-port';

/** The answer of an issuer, or that nothing was sent because the request cannot be written in the vendor's format. */
export type IssueAnswer = IssueOutcome | { readonly outcome: 'UNWRITABLE'; readonly message: string };

/** Calls issuers outside any transaction. Nothing here throws for what a vendor or the network does. */
@Injectable()
export class CallIssuer {
  private readonly tokens: TokenCache;
  private readonly latency: Histogram;

  constructor(
    private readonly port: SendPort,
    private readonly logger: Logger,
    @Inject(CLOCK) clock: Clock,
    metrics: Metrics,
  ) {
    this.tokens = new TokenCache({ now: () => clock.now() });
    this.latency = metrics.histogram('invoice_provider_call_seconds', 'Calls to invoice providers', [
      'provider',
      'call',
      'outcome',
    ]);
  }

  async issue(
    invoice: Invoice,
    request: IssueRequest | AdjustRequest,
    { connection }: ProviderConnection,
  ): Promise<IssueAnswer> {
    const { provider, id: invoiceId } = invoice;
    const call = callOf(request);
    const send = this.port.for({ provider, invoiceId, call, lockedUntil: invoice.lockedUntil ?? undefined });
    return this.timed(provider, call, async () => {
      try {
        const issuer = issuerOf(provider);
        if (!isAdjustRequest(request)) return await issuer.issue(request, connection, send, this.tokens);
        if (issuer.adjust === undefined) {
          const message = `${provider} does not ${call} invoices`;
          return { outcome: 'UNWRITABLE', message };
        }
        return await issuer.adjust(request, connection, send, this.tokens);
      } catch (error) {
        if (error instanceof InvalidInvoiceError) return { outcome: 'UNWRITABLE', message: error.message };
        // A fault of ours: the vendor may have got the request before it showed.
        this.logger.error('issuer threw', { invoiceId: invoice.id, error });
        return { outcome: 'UNKNOWN', reason: 'UNREADABLE_ANSWER', message: 'the adapter failed' };
      }
    });
  }

  async lookUp(invoice: Invoice, key: ProviderKey, { connection }: ProviderConnection): Promise<LookUpOutcome> {
    const send = this.port.for({ provider: invoice.provider, invoiceId: invoice.id, call: 'look-up' });
    return this.timed(invoice.provider, 'look-up', async () => {
      try {
        return await issuerOf(invoice.provider).lookUp(key, connection, send, this.tokens);
      } catch (error) {
        this.logger.error('issuer threw', { invoiceId: invoice.id, error });
        return { outcome: 'FAILED', reason: 'the adapter failed' };
      }
    });
  }

  /** The vendor's PDF of an issued invoice; undefined where the vendor offers none. */
  async pdf(invoice: Invoice, key: ProviderKey, { connection }: ProviderConnection): Promise<Uint8Array | undefined> {
    const issuer = issuerOf(invoice.provider);
    const send = this.port.for({ provider: invoice.provider, invoiceId: invoice.id, call: 'pdf' });
    const answer = await issuer.downloadPdf?.(key, connection, send, this.tokens);
    return answer?.outcome === 'DOWNLOADED' ? answer.bytes : undefined;
  }

  private async timed<T extends { readonly outcome: string }>(
    provider: string,
    call: IssuerCall,
    work: () => Promise<T>,
  ): Promise<T> {
    const started = performance.now();
    const answer = await work();
    this.latency.observe({ provider, call, outcome: answer.outcome }, (performance.now() - started) / 1000);
    return answer;
  }
}

const callOf = (request: IssueRequest | AdjustRequest): IssuerCall => {
  if (!isAdjustRequest(request)) return 'issue';
  return request.origin === 'ADJUSTMENT' ? 'adjust' : 'replace';
};

/** The adapter of a provider code. Throws an Error for one that this release does not know. */
export function issuerOf(provider: string): InvoiceIssuer {
  const issuer = ISSUERS.get(provider as IssuerCode);
  if (issuer === undefined) throw new Error(`no adapter for invoice provider ${provider}`);
  return issuer;
}
