import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AllowedNetworks, GuardedAgent, guardUrl, type OutboundResponse } from '@nx/http';
import { Logger } from '@nx/observability';
import { PaymentConfig } from '../payment.config';
import { MARKER } from './delivery-claim';

/** A subscriber's answer is read no further: only its start is kept. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/** Breakers are per name, and each subscriber has one. */
const NAME = 'webhook ';

/** Calls subscribers. Their addresses are chosen by others, so every call passes the guard against our own networks. */
@Injectable()
export class WebhookClient implements OnApplicationShutdown {
  private readonly allowed: AllowedNetworks;
  private readonly agent: GuardedAgent;

  constructor(config: PaymentConfig, logger: Logger) {
    this.allowed = new AllowedNetworks(config.webhooks.allowedNetworks);
    // One subscriber that hangs must not take the connections of the others, and opens no breaker for them.
    this.agent = new GuardedAgent(this.allowed, {
      connections: 8,
      concurrent: 64,
      queued: 1024,
      openMs: config.webhooks.breakerOpenMs,
      onOpen: (name) =>
        logger.warn(`${MARKER} does not call a failing subscriber for a while`, {
          webhookConfigId: name.slice(NAME.length),
          openMs: config.webhooks.breakerOpenMs,
        }),
    });
  }

  /** Throws `RefusedAddressError` for an address that will never be called. */
  check(url: string): void {
    guardUrl(url, this.allowed);
  }

  /** One POST to a subscriber, who has a breaker of his own. Throws the outbound errors and `RefusedAddressError`. */
  post(
    subscriberId: string,
    url: string,
    headers: Record<string, string>,
    body: string,
    timeoutMs: number,
  ): Promise<OutboundResponse> {
    const name = `${NAME}${subscriberId}`;
    return this.agent.request(
      { method: 'POST', url, headers, body },
      { name, timeoutMs, maxResponseBytes: MAX_RESPONSE_BYTES },
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.close();
  }
}
