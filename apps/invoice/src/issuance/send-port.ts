import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Send } from '@nx/contracts';
import { AllowedNetworks, GuardedAgent, sendPort } from '@nx/http';
import { Logger } from '@nx/observability';
import { InvoiceConfig } from '../invoice.config';

/** What an issuer is asked for. */
export type IssuerCall = 'issue' | 'look-up' | 'pdf' | 'test';

/** A PDF comes as base64 inside JSON. */
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * Gives the issuers their only way out: pooled HTTP with time limits, breaker and bulkhead per host. Merchants choose
 * the addresses, so private networks are refused unless the operator allows them.
 */
@Injectable()
export class SendPort implements OnApplicationShutdown {
  readonly allowed: AllowedNetworks;
  private readonly agent: GuardedAgent;

  constructor(
    private readonly config: InvoiceConfig,
    private readonly logger: Logger,
  ) {
    this.allowed = new AllowedNetworks(config.neighbours.allowedNetworks);
    this.agent = new GuardedAgent(this.allowed);
  }

  /** A `send` for the calls of one invoice or connection. Whether the request may have left decides which error it throws. */
  for(subject: { readonly provider: string; readonly invoiceId?: string; readonly call: IssuerCall }): Send {
    return sendPort(this.agent, {
      name: subject.provider,
      label: `${subject.provider}.${subject.call}`,
      timeoutMs: this.config.issuance.providerTimeoutMs,
      maxResponseBytes: LARGEST_ANSWER_BYTES,
      onLost: ({ kind, ...lost }) =>
        this.logger.warn(kind === 'TIMEOUT' ? 'invoice provider timeout' : 'invoice provider unreachable', {
          ...subject,
          ...lost,
        }),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.close();
  }
}
