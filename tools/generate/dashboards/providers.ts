import { slowest, type Dashboard } from './panel';

export const PROVIDERS_BOARD: Dashboard = {
  name: 'providers',
  title: 'Providers',
  description:
    'Do those who move the money and issue the invoices answer? One alone is theirs, all at once is our way out.',
  rows: {
    'Payment providers': [
      {
        title: 'Errors',
        description: 'Percent of requests without a usable answer. Red: stop new payments over it, choose another one.',
        unit: 'percent',
        queries: { '{{provider}}': 'gateway_error_rate' },
        limits: { warn: 2, bad: 5 },
        runbook: 'provider-unreachable.md',
      },
      {
        title: 'Requests by how they ended',
        description: 'Per minute. NOT_CALLED: the breaker is open, nothing leaves for 10 s at a time.',
        unit: 'per minute',
        queries: {
          '{{provider}} {{result}}':
            '60 * sum by (provider, result) (rate(payment_provider_requests_total{result!="ANSWERED"}[5m]))',
        },
        runbook: 'provider-unreachable.md',
      },
      {
        title: 'Calls, 95 of 100',
        description: 'By what was asked. Red: close to the time-out, after which outcomes are unknown.',
        unit: 's',
        queries: { '{{provider}} {{kind}}': slowest('payment_provider_call_seconds', ['provider', 'kind']) },
        limits: { warn: 3, bad: 8 },
        runbook: 'payment-latency.md',
      },
    ],
    'What they say': [
      {
        title: 'Outcomes of calls',
        description: 'Per minute. UNKNOWN: they are asked again. REFUSED: the reason is in query-failed-transactions.',
        unit: 'per minute',
        queries: {
          '{{provider}} {{kind}} {{outcome}}':
            '60 * sum by (provider, kind, outcome) (rate(payment_provider_call_seconds_count[5m]))',
        },
        runbook: 'payment-unknown-outcomes.md',
      },
      {
        title: 'Callbacks, 95 of 100',
        description: 'From the body to our answer. Red: they give up and call again.',
        unit: 's',
        queries: { '{{provider}}': slowest('payment_ipn_seconds', ['provider']) },
        limits: { warn: 1, bad: 3 },
        runbook: 'queue-lag.md',
      },
    ],
    'Invoice providers': [
      {
        title: 'Invoice requests by how they ended',
        description:
          'Per minute, without the answered ones. Red line of one provider: hand over where there is another.',
        unit: 'per minute',
        queries: {
          '{{provider}} {{result}}':
            '60 * sum by (provider, result) (rate(invoice_provider_requests_total{result!="ANSWERED"}[5m]))',
        },
        runbook: 'invoice-failover.md',
      },
      {
        title: 'Outcomes of invoice calls',
        description: 'Per minute. REFUSED: read the provider’s answer; UNKNOWN: looked up by itself.',
        unit: 'per minute',
        queries: {
          '{{provider}} {{call}} {{outcome}}':
            '60 * sum by (provider, call, outcome) (rate(invoice_provider_call_seconds_count[5m]))',
        },
        runbook: 'invoice-dead-letters.md',
      },
      {
        title: 'Invoice calls, 95 of 100',
        description: 'Red: issuance queues grow although nothing fails.',
        unit: 's',
        queries: { '{{provider}} {{call}}': slowest('invoice_provider_call_seconds', ['provider', 'call']) },
        limits: { warn: 3, bad: 8 },
        runbook: 'invoice-repartition.md',
      },
    ],
  },
};
