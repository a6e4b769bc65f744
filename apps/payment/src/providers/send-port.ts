import { Injectable } from '@nestjs/common';
import { OutboundClient, OutboundNetworkError, OutboundTimeoutError } from '@nx/http';
import { SendNetworkError, SendNotSentError, SendTimeoutError, type ProviderCode, type Send } from '@nx/mq-pay';
import { Logger } from '@nx/observability';
import { PaymentConfig } from '../payment.config';

/** Who a call is for; stands on the log line of a time-out. */
export interface CallSubject {
  readonly provider: ProviderCode;
  readonly attemptId: string;
  readonly lookupKey: string | null;
}

/** Gives the engine its only way out: pooled HTTP with time limits, breaker and bulkhead per provider and merchant host. */
@Injectable()
export class SendPort {
  constructor(
    private readonly client: OutboundClient,
    private readonly config: PaymentConfig,
    private readonly logger: Logger,
  ) {}

  /** A `send` for one subject. Whether the request may have left decides which error it throws. */
  for(subject: CallSubject): Send {
    return async (request) => {
      const started = performance.now();
      try {
        const call = {
          name: `${subject.provider} ${new URL(request.url).host}`,
          timeoutMs: this.config.providers.timeoutMs,
        };
        const response = await this.client.request(request, call);
        return { status: response.status, headers: response.headers, body: response.body.toString('utf8') };
      } catch (error) {
        const durationMs = Math.round(performance.now() - started);
        throw this.translate(error, subject, durationMs);
      }
    };
  }

  private translate(error: unknown, subject: CallSubject, durationMs: number): unknown {
    const fields = { paymentProvider: subject.provider, attemptId: subject.attemptId, durationMs };
    if (error instanceof OutboundTimeoutError) {
      this.logger.warn('gateway timeout', fields);
      return error.sent ? new SendTimeoutError(error.message) : new SendNotSentError(error.message);
    }
    if (error instanceof OutboundNetworkError) {
      this.logger.warn('provider unreachable', { ...fields, reason: error.message, sent: error.sent });
      return error.sent ? new SendNetworkError(error.message) : new SendNotSentError(error.message);
    }
    return error;
  }
}
