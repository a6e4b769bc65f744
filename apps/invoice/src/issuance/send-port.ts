import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { SendNotSentError, type Clock, type Send } from '@nx/contracts';
import { ISSUERS } from '@nx/e-invoice';
import { AllowedNetworks, GuardedAgent, REQUEST_ENDS, sendPort } from '@nx/http';
import { CLOCK, Logger, Metrics, type Counter } from '@nx/observability';
import { InvoiceConfig } from '../invoice.config';

/** What an issuer is asked for. */
export type IssuerCall = 'issue' | 'adjust' | 'replace' | 'look-up' | 'pdf' | 'test';

/** A PDF comes as base64 inside JSON. */
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;

/** What a call is about, for the log, and until when the caller holds the invoice. */
export interface CallSubject {
  readonly provider: string;
  readonly call: IssuerCall;
  readonly invoiceId?: string;
  readonly lockedUntil?: Date | undefined;
}

/**
 * Gives the issuers their only way out: pooled HTTP with time limits, breaker and bulkhead per host. Merchants choose
 * the addresses, so private networks are refused unless the operator allows them.
 */
@Injectable()
export class SendPort implements OnApplicationShutdown {
  readonly allowed: AllowedNetworks;
  private readonly agent: GuardedAgent;
  private readonly requests: Counter;

  constructor(
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
    @Inject(CLOCK) private readonly clock: Clock,
    metrics: Metrics,
  ) {
    const known = [...ISSUERS.keys()].flatMap((provider) => REQUEST_ENDS.map((result) => ({ provider, result })));
    const help = 'Requests to invoice providers by how they ended';
    this.requests = metrics.counter('invoice_provider_requests_total', help, ['provider', 'result'], known);
    this.allowed = new AllowedNetworks(config.neighbours.allowedNetworks);
    this.agent = new GuardedAgent(this.allowed);
  }

  /**
   * A `send` for the calls of one invoice or connection. Whether the request may have left decides which error it
   * throws. With `lockedUntil` nothing leaves so late that its answer could come after that instant: a process that was
   * stopped for a while must not act on a lock that others have seen end.
   */
  for(subject: CallSubject): Send {
    const { timeoutMs } = this;
    const { lockedUntil, ...named } = subject;
    const send = sendPort(this.agent, {
      name: subject.provider,
      label: `${subject.provider}.${subject.call}`,
      timeoutMs,
      maxResponseBytes: LARGEST_ANSWER_BYTES,
      onEnd: (result) => this.requests.inc({ provider: subject.provider, result }),
      onLost: ({ kind, ...lost }) =>
        this.logger.warn(kind === 'TIMEOUT' ? 'invoice provider timeout' : 'invoice provider unreachable', {
          ...named,
          ...lost,
        }),
    });
    if (lockedUntil === undefined) return send;
    return (request) => {
      if (this.clock.now() + timeoutMs <= lockedUntil.getTime()) return send(request);
      return Promise.reject(new SendNotSentError('the lock of the invoice would end before the answer'));
    };
  }

  private get timeoutMs(): number {
    return this.config.issuance.providerTimeoutMs;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.close();
  }
}
