import { AsyncLocalStorage } from 'node:async_hooks';

/** What follows a request through logs, jobs, outbox rows and Kafka headers. */
export interface RequestContext {
  requestId: string;
  traceparent?: string;
  userId?: string;
  merchantId?: string;
  transactionId?: string;
  attemptId?: string;
  invoiceId?: string;
  webhookConfigId?: string;
  paymentProvider?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** The context of the work that is running now, if it has one. */
export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}

/** Runs `work` and all that it starts under a context. */
export function runWithContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

const TRACE_ID = /^[0-9a-f]{2}-([0-9a-f]{32})-/;

/** Trace id of a W3C `traceparent`. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent === undefined ? undefined : TRACE_ID.exec(traceparent)?.[1];
}
