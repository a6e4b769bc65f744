import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Send } from '@nx/contracts';
import { AllowedNetworks, GuardedAgent, REQUEST_ENDS, sendPort, type LostCall } from '@nx/http';
import { PROVIDERS, type OperationKind, type ProviderCode } from '@nx/mq-pay';
import { Logger, Metrics, type Counter } from '@nx/observability';
import { PaymentConfig } from '../payment.config';

/** Who a call is for; stands on the log line of a time-out. */
export interface CallSubject {
  readonly provider: ProviderCode;
  readonly attemptId: string;
  readonly kind: OperationKind;
}

/**
 * Gives the engine its only way out: pooled HTTP with time limits, breaker and bulkhead per provider and host.
 * Merchants choose the addresses, so private networks are refused unless the operator allows them.
 */
@Injectable()
export class SendPort implements OnApplicationShutdown {
  private readonly agent: GuardedAgent;
  private readonly requests: Counter;

  constructor(
    private readonly config: PaymentConfig,
    private readonly logger: Logger,
    metrics: Metrics,
  ) {
    const known = [...PROVIDERS.keys()].flatMap((provider) => REQUEST_ENDS.map((result) => ({ provider, result })));
    const help = 'Requests to providers by how they ended';
    this.requests = metrics.counter('payment_provider_requests_total', help, ['provider', 'result'], known);
    this.agent = new GuardedAgent(new AllowedNetworks(config.providers.allowedNetworks));
  }

  /** A `send` for one subject. Whether the request may have left decides which error it throws. */
  for(subject: CallSubject): Send {
    return sendPort(this.agent, {
      name: subject.provider,
      label: `${subject.provider}.${subject.kind}`,
      timeoutMs: this.config.providers.timeoutMs,
      onLost: (lost) => this.report(subject, lost),
      onEnd: (result) => this.requests.inc({ provider: subject.provider, result }),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.close();
  }

  private report(subject: CallSubject, lost: LostCall): void {
    const { kind, sent, durationMs, reason } = lost;
    const fields = { paymentProvider: subject.provider, attemptId: subject.attemptId, durationMs, sent, reason };
    // Operators grep for the first text; it stands for calls whose outcome nobody knows yet.
    this.logger.warn(kind === 'TIMEOUT' ? 'gateway timeout' : 'provider unreachable', fields);
  }
}
