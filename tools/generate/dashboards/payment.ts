import { slowest, type Dashboard } from './panel';

const REQUESTS = 'http_request_duration_seconds_count';
const PROBES = 'route!~".*/(healthz|readyz|health)(/.*)?"';

export const PAYMENT: Dashboard = {
  name: 'payment',
  title: 'Payment',
  description: 'Are payments taken, do they succeed, and how fast? First page for whoever is called about payments.',
  rows: {
    'At a glance': [
      {
        title: 'Payments started',
        description: 'Per minute. Red in the shops’ opening hours: are requests refused, or does nobody send any?',
        unit: 'per minute',
        queries: { started: 'payment_processing_rate' },
        limits: { warn: 5, bad: 1, below: true },
        single: true,
        runbook: 'payment-low-rate.md',
      },
      {
        title: 'Payments that succeed',
        description: 'Of those that ended by the provider’s word. Red: look which provider and which reason.',
        unit: 'percent',
        queries: { success: 'payment_success_rate' },
        limits: { warn: 95, bad: 90, below: true },
        single: true,
        runbook: 'payment-success-rate.md',
      },
      {
        title: 'Checkout, 95 of 100',
        description: 'Red: compare with the dashboard "Providers" and with the database below.',
        unit: 's',
        queries: { checkout: 'payment_processing_latency' },
        limits: { warn: 3, bad: 8 },
        single: true,
        runbook: 'payment-latency.md',
      },
      {
        title: 'Refund, 95 of 100',
        description: 'From sending to the stored answer. Red: compare with the dashboard "Providers".',
        unit: 's',
        queries: { refund: 'refund_processing_latency' },
        limits: { warn: 5, bad: 15 },
        single: true,
        runbook: 'payment-latency.md',
      },
      {
        title: 'Server errors',
        description: '5xx without 503 and 504, of 5 minutes. Red: since a release? Roll back.',
        unit: 'percent',
        queries: {
          errors: `100 * sum(rate(${REQUESTS}{service="payment",status=~"5..",status!~"503|504",${PROBES}}[5m])) / sum(rate(${REQUESTS}{service="payment",${PROBES}}[5m]))`,
        },
        limits: { warn: 1, bad: 5 },
        single: true,
        runbook: 'payment-errors.md',
      },
    ],
    Payments: [
      {
        title: 'What becomes of attempts',
        description: 'Per minute, by event. More failures than usual: which provider? See the panel beside it.',
        unit: 'per minute',
        queries: { '{{event}}': '60 * sum by (event) (rate(payment_events_total{event=~"attempt.+"}[5m]))' },
        runbook: 'payment-success-rate.md',
      },
      {
        title: 'Failures by provider',
        description: 'Per minute. One alone: its connection or the provider. All: ourselves, since a release?',
        unit: 'per minute',
        queries: { '{{provider}}': '60 * sum by (provider) (rate(payment_events_total{event="attempt.failed"}[5m]))' },
        runbook: 'payment-success-rate.md',
      },
      {
        title: 'Money that goes back, or is contested',
        description: 'Per hour: refunds, reversals, chargebacks. A sudden rise: ask the merchants before the provider.',
        unit: 'short',
        queries: {
          '{{event}}':
            'sum by (event) (increase(payment_events_total{event=~"refund.success|refund.failed|chargeback.opened|attempt.reversed"}[1h]))',
        },
        runbook: 'failed-refunds.md',
      },
    ],
    Requests: [
      {
        title: 'Answers by status',
        description: 'Per second. 503: a freeze or an outage. 504: an outcome that nobody knows yet. 401: identity.',
        unit: 'ops',
        queries: { '{{status}}': `sum by (status) (rate(${REQUESTS}{service="payment",${PROBES}}[5m]))` },
        runbook: 'payment-errors.md',
      },
      {
        title: 'Slowest routes, 95 of 100',
        description: 'Red: a provider’s call is a part of the checkout; others wait for the database.',
        unit: 's',
        queries: {
          '{{route}}': `topk(8, ${slowest('http_request_duration_seconds', ['route'], `{service="payment",${PROBES}}`)})`,
        },
        limits: { warn: 3, bad: 8 },
        runbook: 'payment-latency.md',
      },
      {
        title: 'Callbacks of providers by answer',
        description: 'Per minute. Many forged or unknown ones: see the findings; they take no money.',
        unit: 'per minute',
        queries: { '{{provider}} {{answer}}': '60 * sum by (provider, answer) (rate(payment_ipn_total[5m]))' },
        runbook: 'payment-findings.md',
      },
    ],
    'Webhooks and the machine': [
      {
        title: 'Webhook tries by outcome',
        description: 'Per minute. Above a tenth that is not DELIVERED: a subscriber is down; the others do not notice.',
        unit: 'per minute',
        queries: { '{{outcome}}': '60 * sum by (outcome) (rate(payment_webhook_tries_total[5m]))' },
        runbook: 'subscriber-down.md',
      },
      {
        title: 'Database connections',
        description: 'By state, of the process that has most. Somebody waits while busy is max: the pool is used up.',
        unit: 'short',
        queries: { '{{state}}': 'max by (state) (postgres_pool_connections{service="payment"})' },
        runbook: 'database-away.md',
      },
      {
        title: 'CPU',
        description: 'Cores per process. A process at 1 is full: more replicas.',
        unit: 'short',
        queries: { '{{instance}}': 'rate(process_cpu_seconds_total{service="payment"}[5m])' },
        limits: { warn: 0.7, bad: 0.95 },
        runbook: 'payment-latency.md',
      },
      {
        title: 'Memory',
        description:
          'Resident, per process; the limit of a container is 1 GiB. Red: it will be ended and started anew.',
        unit: 'bytes',
        queries: { '{{instance}}': 'process_resident_memory_bytes{service="payment"}' },
        limits: { warn: 700_000_000, bad: 950_000_000 },
        runbook: 'payment-errors.md',
      },
    ],
  },
};
