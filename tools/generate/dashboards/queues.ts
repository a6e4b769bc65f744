import { slowest, type Dashboard } from './panel';

export const QUEUES_BOARD: Dashboard = {
  name: 'queues',
  title: 'Queues',
  description: 'What waits, for how long, and whether it moves: jobs, events that leave, records that come.',
  rows: {
    Jobs: [
      {
        title: 'Jobs that wait',
        description: 'By queue. Red: more workers, unless they fail; never empty a queue by hand.',
        unit: 'short',
        queries: { '{{service}} {{queue}}': 'max by (service, queue) (bullmq_jobs{state="waiting"})' },
        limits: { warn: 500, bad: 1000 },
        runbook: 'queue-lag.md',
      },
      {
        title: 'Oldest job',
        description: 'Age of the next in line. Red while jobs end: too few workers. While none ends: nobody works.',
        unit: 's',
        queries: { '{{service}} {{queue}}': 'max by (service, queue) (bullmq_oldest_waiting_seconds)' },
        limits: { warn: 60, bad: 300 },
        runbook: 'queue-lag.md',
      },
      {
        title: 'Jobs at work, and put off',
        description: 'By state. Put off are retries and dates; they become due by themselves.',
        unit: 'short',
        queries: {
          '{{service}} {{state}}':
            'sum by (service, state) (max by (service, queue, state) (bullmq_jobs{state!="waiting"}))',
        },
        runbook: 'queue-lag.md',
      },
    ],
    'How they end': [
      {
        title: 'Jobs that end',
        description: 'Per minute, by outcome. Failed ones are tried again; the log names the error.',
        unit: 'per minute',
        queries: {
          '{{job}} {{outcome}}': '60 * sum by (job, outcome) (rate(bullmq_job_duration_seconds_count[5m]))',
        },
        runbook: 'queue-lag.md',
      },
      {
        title: 'Time of a job, 95 of 100',
        description: 'A job that waits for a provider or a subscriber is as slow as that.',
        unit: 's',
        queries: { '{{job}}': slowest('bullmq_job_duration_seconds', ['job']) },
        limits: { warn: 5, bad: 15 },
        runbook: 'queue-lag.md',
      },
      {
        title: 'Jobs that were not handed in',
        description: 'Per minute: Redis was away. The sweepers find their work in the tables.',
        unit: 'per minute',
        queries: { '{{job}}': '60 * sum by (job) (rate(bullmq_jobs_added_total{outcome="refused"}[5m]))' },
        runbook: 'redis-wiped.md',
      },
    ],
    'Events that leave': [
      {
        title: 'Oldest event of the outbox',
        description: 'By route. Red: Kafka, Redis or the subscriber of that route is away. Order is kept.',
        unit: 's',
        queries: { '{{service}} {{route}}': 'max by (service, route) (outbox_oldest_age_seconds)' },
        limits: { warn: 30, bad: 120 },
        runbook: 'kafka-away.md',
      },
      {
        title: 'Events of the outbox that wait',
        description: 'By route. Grows with the outage and falls after it, by itself.',
        unit: 'short',
        queries: { '{{service}} {{route}}': 'max by (service, route) (outbox_pending)' },
        runbook: 'kafka-away.md',
      },
      {
        title: 'Webhook deliveries that wait',
        description: 'On their way or before a retry. Red: a subscriber is down, or the workers stand.',
        unit: 'short',
        queries: {
          deliveries: 'max(payment_webhooks_pending)',
          'failing subscribers': 'max(payment_webhook_subscribers_failing)',
        },
        limits: { warn: 100, bad: 1000 },
        runbook: 'subscriber-down.md',
      },
    ],
    'Records that come': [
      {
        title: 'Records not handled yet',
        description: 'By group and topic. Red: a consumer stands; nothing is lost while the broker keeps them.',
        unit: 'short',
        queries: { '{{group}} {{topic}}': 'max by (group, topic) (kafka_consumer_lag)' },
        limits: { warn: 100, bad: 1000 },
        runbook: 'kafka-away.md',
      },
      {
        title: 'Records that are parked',
        description: 'They failed and are tried again; later ones of the same key wait behind them.',
        unit: 'short',
        queries: { '{{service}}': 'max by (service) (parked_records)' },
        limits: { warn: 1, bad: 20 },
        runbook: 'parked-records.md',
      },
      {
        title: 'Invoices that were given up',
        description: 'By provider. Red: mend the cause, then replay.',
        unit: 'short',
        queries: { '{{provider}}': 'max by (provider) (invoice_dead_letters)' },
        limits: { warn: 1, bad: 10 },
        runbook: 'invoice-dead-letters.md',
      },
    ],
  },
};
