import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PaymentEventPayload, PaymentWebhookBody } from '@nx/contracts';

/** What a subscriber is sent about a transaction: always with its number in the order. */
interface WebhookBody extends PaymentWebhookBody {
  readonly payload: PaymentEventPayload & Required<Pick<PaymentEventPayload, 'transaction' | 'sequence'>>;
}

export interface ReceivedWebhook {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  readonly body: WebhookBody;
  readonly atMs: number;
}

export interface SubscriberAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A subscriber of webhooks; what it answers is asked for each call. */
export class TestSubscriber {
  readonly received: ReceivedWebhook[] = [];
  answer: (call: ReceivedWebhook) => SubscriberAnswer | Promise<SubscriberAnswer> = () => ({ status: 200 });
  url = '';
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8');
      const call = {
        path: request.url ?? '',
        headers: request.headers,
        raw,
        body: JSON.parse(raw) as WebhookBody,
        atMs: performance.now(),
      };
      this.received.push(call);
      void Promise.resolve(this.answer(call)).then(({ status, headers, body }) => {
        response.writeHead(status, headers ?? {}).end(body ?? 'ok');
      });
    });
  });

  static async start(): Promise<TestSubscriber> {
    const subscriber = new TestSubscriber();
    await new Promise<void>((resolve) => subscriber.server.listen(0, '127.0.0.1', resolve));
    subscriber.url = `http://127.0.0.1:${(subscriber.server.address() as AddressInfo).port}/hook`;
    return subscriber;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }
}

/** The signature that a receiver computes by the published rule. */
export const expectedSignature = (secret: string, call: ReceivedWebhook): string => {
  const { 'x-webhook-timestamp': timestamp, 'x-webhook-event-type': type } = call.headers;
  return createHmac('sha256', secret)
    .update(`${String(timestamp)}|${String(type)}|${call.raw}`)
    .digest('hex');
};
