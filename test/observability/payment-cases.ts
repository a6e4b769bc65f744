import { grows, growsTo, stays, type AlertCase } from './alert-case';

const events = (event: string): string => `payment_events_total{event="${event}",provider="VNPAY_QR_MMS"}`;
const requests = (result: string): string =>
  `payment_provider_requests_total{provider="VNPAY_QR_MMS",result="${result}"}`;
const answers = (status: string, route = '/v1/api/payment/payments/checkout'): string =>
  `http_request_duration_seconds_count{service="payment",route="${route}",status="${status}"}`;
const tries = (outcome: string): string => `payment_webhook_tries_total{outcome="${outcome}"}`;
const jobs = (state: string, queue = 'webhook', instance = 'a'): string =>
  `bullmq_jobs{service="payment",queue="${queue}",state="${state}",instance="${instance}"}`;
const pool = (state: string): string => `postgres_pool_connections{service="payment",instance="a",state="${state}"}`;

/** 100 observations every 15 s of which so many took longer than `limit`, just below the next bucket's end. */
const slow = (metric: string, limit: number, next: number, percent: number): Record<string, string> => ({
  [`${metric}_bucket{le="${limit}"}`]: grows(100 - percent),
  [`${metric}_bucket{le="${next}"}`]: grows(100),
  [`${metric}_bucket{le="+Inf"}`]: grows(100),
});

const latency = (
  operation: string,
  severity: string,
  metric: string,
  [limit, next]: [number, number],
  said: string,
) => ({
  rule: `PaymentServiceHighLatency ${severity} ${operation}`,
  over: slow(metric, limit, next, 6),
  under: slow(metric, limit, next, 5),
  since: 15,
  summary: `${operation === 'checkout' ? 'Checkouts' : 'Refunds'} are slow`,
  description: `5 of 100 take longer than ${said} s.`,
});

const HTTP: readonly AlertCase[] = [
  {
    rule: 'PaymentHighErrorRate critical',
    over: {
      [answers('500')]: grows(6),
      [answers('200')]: grows(94),
      [answers('200', '/v1/api/payment/healthz')]: grows(900),
    },
    // Freezes and unknown outcomes are no errors of the service, and probes do not dilute them.
    under: {
      [answers('500')]: grows(5),
      [answers('200')]: grows(45),
      [answers('503')]: grows(25),
      [answers('504')]: grows(25),
    },
    since: 15,
    summary: 'Payment answers with server errors',
    description: '6.0 % of the requests of the last 5 minutes were answered 5xx.',
  },
];

const QUEUES: readonly AlertCase[] = [
  {
    rule: 'PaymentQueueLag warning',
    // Both processes see the same queues.
    over: {
      [jobs('waiting')]: stays(600),
      [jobs('waiting', 'webhook', 'b')]: stays(600),
      [jobs('waiting', 'scheduler')]: stays(401),
    },
    under: {
      [jobs('waiting')]: stays(600),
      [jobs('waiting', 'webhook', 'b')]: stays(600),
      [jobs('waiting', 'scheduler')]: stays(400),
    },
    since: 0,
    summary: 'Jobs of payment pile up',
    description: '1001 jobs wait for a worker.',
  },
  {
    rule: 'PaymentWorkerStarvation critical',
    over: { [jobs('waiting')]: stays(3), [jobs('active')]: stays(0) },
    under: { [jobs('waiting')]: stays(3), [jobs('active')]: stays(1) },
    since: 0,
    labels: { queue: 'webhook' },
    summary: 'Nobody works on webhook',
    description: '3 jobs wait, none is at work, and none has ended in 5 minutes.',
  },
  {
    rule: 'PaymentWorkerStarvation critical',
    over: { [jobs('waiting')]: stays(3) },
    // Short jobs are hardly ever seen at work.
    under: {
      [jobs('waiting')]: stays(3),
      'bullmq_job_duration_seconds_count{service="payment",queue="webhook"}': grows(1),
    },
    since: 0,
    labels: { queue: 'webhook' },
    summary: 'Nobody works on webhook',
    description: '3 jobs wait, none is at work, and none has ended in 5 minutes.',
  },
  {
    rule: 'PaymentWebhookDispatchFailures warning',
    over: {
      [tries('DELIVERED')]: grows(89),
      [tries('RETRY')]: grows(9),
      [tries('DEAD')]: grows(1),
      [tries('GONE')]: grows(1),
    },
    under: { [tries('DELIVERED')]: grows(90), [tries('RETRY')]: grows(10), [tries('WAIT')]: grows(500) },
    since: 15,
    summary: 'Webhooks do not reach their subscribers',
    description: '11.0 % of the tries of the last 5 minutes failed.',
  },
];

const PROVIDERS: readonly AlertCase[] = [
  {
    rule: 'PaymentProviderUnreachable critical',
    over: { [requests('SERVER_ERROR')]: growsTo(5) },
    under: {
      [requests('SERVER_ERROR')]: growsTo(4),
      [requests('NOT_CALLED')]: stays(7),
      [requests('TIMEOUT')]: grows(1),
    },
    since: 75,
    labels: { provider: 'VNPAY_QR_MMS' },
    summary: 'VNPAY_QR_MMS does not answer',
    description: '5 requests were held back by the open breaker, or answered 5xx.',
  },
  {
    rule: 'PaymentProviderUnreachable critical',
    over: { [requests('NOT_CALLED')]: growsTo(1) },
    under: { [requests('NOT_CALLED')]: stays(0), [requests('ANSWERED')]: grows(10) },
    since: 15,
    labels: { provider: 'VNPAY_QR_MMS' },
    summary: 'VNPAY_QR_MMS does not answer',
    description: '1 requests were held back by the open breaker, or answered 5xx.',
  },
  {
    rule: 'PaymentServiceGatewayFailure warning',
    over: { [requests('ANSWERED')]: grows(97), [requests('TIMEOUT')]: grows(1), [requests('NETWORK')]: grows(2) },
    under: {
      [requests('ANSWERED')]: grows(98),
      [requests('NOT_CALLED')]: grows(2),
      [requests('REFUSED_ADDRESS')]: grows(50),
    },
    since: 15,
    labels: { provider: 'VNPAY_QR_MMS' },
    summary: 'VNPAY_QR_MMS gives no usable answers',
    description: '3.0 % of the requests of the last 5 minutes failed.',
  },
  {
    rule: 'PaymentServiceGatewayFailure critical',
    over: { [requests('ANSWERED')]: grows(94), [requests('SERVER_ERROR')]: grows(6) },
    under: { [requests('ANSWERED')]: grows(95), [requests('SERVER_ERROR')]: grows(5) },
    since: 15,
    labels: { provider: 'VNPAY_QR_MMS' },
    summary: 'VNPAY_QR_MMS gives no usable answers',
    description: '6.0 % of the requests of the last 5 minutes failed.',
  },
];

const success = (severity: string, paid: number): AlertCase => ({
  rule: `PaymentServiceHighErrorRate ${severity}`,
  over: { [events('attempt.success')]: grows(paid - 1), [events('attempt.failed')]: grows(101 - paid) },
  // Codes that nobody paid are no failures.
  under: {
    [events('attempt.success')]: grows(paid),
    [events('attempt.failed')]: grows(100 - paid),
    [events('attempt.expired')]: grows(40),
    [events('attempt.cancelled')]: grows(40),
  },
  since: 15,
  summary: 'Payments fail',
  description: `Only ${paid - 1}.0 % of the payments that ended were paid.`,
});

const PAYMENTS: readonly AlertCase[] = [
  success('warning', 95),
  success('critical', 90),
  latency('checkout', 'warning', 'payment_processing_seconds', [3, 4], '3.2'),
  latency('checkout', 'critical', 'payment_processing_seconds', [8, 10], '8.3'),
  latency('refund', 'warning', 'refund_processing_seconds', [5, 7], '5.3'),
  latency('refund', 'critical', 'refund_processing_seconds', [15, 20], '15.8'),
  {
    rule: 'PaymentServiceDatabaseIssues warning pool',
    over: { [pool('waiting')]: stays(2), [pool('busy')]: stays(40), [pool('max')]: stays(40) },
    // The pool is about to open another connection.
    under: { [pool('waiting')]: stays(2), [pool('busy')]: stays(39), [pool('max')]: stays(40) },
    since: 0,
    labels: { service: 'payment', instance: 'a', state: 'waiting' },
    summary: 'a has no database connection left',
    description: '2 pieces of work wait for one.',
  },
  {
    rule: 'PaymentServiceDatabaseIssues critical server',
    over: { 'health_indicator_ready{service="payment",instance="a",indicator="postgres"}': stays(0) },
    under: {
      'health_indicator_ready{service="payment",instance="a",indicator="postgres"}': stays(1),
      'health_indicator_ready{service="payment",instance="a",indicator="redis"}': stays(0),
    },
    since: 0,
    labels: { service: 'payment', instance: 'a', indicator: 'postgres' },
    summary: 'a does not reach the database',
    description: 'It is not ready and takes no requests until the server answers.',
  },
  {
    rule: 'PaymentServiceLowRate warning',
    over: { [events('attempt.created')]: grows(1) },
    under: { [events('attempt.created')]: grows(1.25) },
    since: 15,
    summary: 'Few payments are started',
    description: '4.0 per minute.',
  },
  {
    rule: 'PaymentServiceLowRate critical',
    over: { [events('attempt.created')]: grows(0.2) },
    under: { [events('attempt.created')]: grows(0.25) },
    since: 15,
    summary: 'Few payments are started',
    description: '0.8 per minute.',
  },
];

/** Cases of the rules of payment. */
export const PAYMENT_CASES: readonly AlertCase[] = [...HTTP, ...QUEUES, ...PROVIDERS, ...PAYMENTS];
