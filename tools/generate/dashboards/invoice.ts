import { slowest, type Dashboard } from './panel';

export const INVOICE: Dashboard = {
  name: 'invoice',
  title: 'Invoice',
  description: 'Are invoices issued in time, and what stands in the way of those that are not?',
  rows: {
    'At a glance': [
      {
        title: 'Legal deadline near',
        description: 'Not issued, less than two hours left. Red: whatever stops them comes first now.',
        unit: 'short',
        queries: { invoices: 'max(invoice_legal_deadline_near)' },
        limits: { warn: 1, bad: 1 },
        single: true,
        runbook: 'invoice-legal-deadline.md',
      },
      {
        title: 'Given up',
        description: 'They wait for a person. Red: read the provider’s answer, mend the cause, replay.',
        unit: 'short',
        queries: { invoices: 'sum(max by (provider) (invoice_dead_letters))' },
        limits: { warn: 1, bad: 10 },
        single: true,
        runbook: 'invoice-dead-letters.md',
      },
      {
        title: 'Outcome unknown',
        description: 'Asked about by themselves. Red for long: the provider does not answer look-ups.',
        unit: 'short',
        queries: { invoices: 'max(invoice_unknown_outcomes)' },
        limits: { warn: 1, bad: 20 },
        single: true,
        runbook: 'invoice-dead-letters.md',
      },
      {
        title: 'TaxInfo that differs',
        description: 'Merchants whose tax data is not what commerce says. Red: resync, and look at the difference.',
        unit: 'short',
        queries: { merchants: 'max(invoice_tax_info_drift)' },
        limits: { warn: 1, bad: 1 },
        single: true,
        runbook: 'tax-info-drift.md',
      },
    ],
    Issuance: [
      {
        title: 'Changes of state',
        description: 'Per minute. FAILED beside SUCCESS: is it one provider, or the data of one merchant?',
        unit: 'per minute',
        queries: { '{{to}}': '60 * sum by (to) (rate(invoice_status_changes_total[5m]))' },
        runbook: 'invoice-dead-letters.md',
      },
      {
        title: 'Not issued, by state',
        description: 'PENDING grows while nothing is issued: the workers, or the provider.',
        unit: 'short',
        queries: { '{{status}}': 'max by (status) (invoice_unfinished)' },
        runbook: 'invoice-legal-deadline.md',
      },
      {
        title: 'What they wait for',
        description: 'Tax data of the seller, an older day of their series, or the code of the authority.',
        unit: 'short',
        queries: {
          seller: 'max(invoice_waiting_for_seller)',
          series: 'max(invoice_series_waiting)',
          authority: 'max(invoice_authority_pending)',
        },
        runbook: 'invoice-legal-deadline.md',
      },
    ],
    'Providers and claims': [
      {
        title: 'Calls of providers, 95 of 100',
        description: 'Red: close to the time-out, after which nobody knows whether it was issued.',
        unit: 's',
        queries: { '{{provider}} {{call}}': slowest('invoice_provider_call_seconds', ['provider', 'call']) },
        limits: { warn: 3, bad: 8 },
        runbook: 'invoice-failover.md',
      },
      {
        title: 'Requests without an answer',
        description: 'Percent by provider. Red: does the merchant have another provider?',
        unit: 'percent',
        queries: {
          '{{provider}}':
            '100 * sum by (provider) (rate(invoice_provider_requests_total{result=~"SERVER_ERROR|TIMEOUT|NETWORK|NOT_CALLED"}[5m])) / sum by (provider) (rate(invoice_provider_requests_total{result!="REFUSED_ADDRESS"}[5m]))',
        },
        limits: { warn: 2, bad: 5 },
        runbook: 'invoice-failover.md',
      },
      {
        title: 'Races of claims',
        description: 'Per hour, by what has won. A few are people who click twice.',
        unit: 'short',
        queries: { '{{winner}}': 'sum by (winner) (increase(invoice_claim_races_total[1h]))' },
      },
      {
        title: 'Notices that were refused',
        description: 'Per hour, by reason. Signature: a secret that one side has changed.',
        unit: 'short',
        queries: { '{{reason}}': 'sum by (reason) (increase(invoice_webhooks_rejected_total[1h]))' },
        limits: { warn: 1, bad: 18 },
        runbook: 'invoice-webhook-rejected.md',
      },
    ],
    'Records that come in': [
      {
        title: 'Records not handled yet',
        description: 'By topic. Red: the consumer stands, or one record blocks its key.',
        unit: 'short',
        queries: { '{{topic}}': 'max by (topic) (kafka_consumer_lag{service="invoice"})' },
        limits: { warn: 100, bad: 1000 },
        runbook: 'kafka-away.md',
      },
      {
        title: "Way of commerce's changes, 95 of 100",
        description:
          'From the commit at commerce to TaxInfo. Red: the connector stood or stands, or the consumer does.',
        unit: 's',
        queries: {
          seconds: slowest('invoice_cdc_lag_seconds', []),
          'connector silent': 'max(invoice_cdc_connector_silent)',
        },
        limits: { warn: 10, bad: 60 },
        runbook: 'tax-info-drift.md',
      },
      {
        title: 'Age of the last check of the change feed',
        description: 'Below 0 before the first one. Red: the check does not run, so drift would not be seen.',
        unit: 's',
        queries: { age: 'min(invoice_tax_info_checked_age_seconds)' },
        runbook: 'tax-info-drift.md',
      },
      {
        title: 'Findings that wait for a person',
        description: 'By code. Each code has its section in the runbook.',
        unit: 'short',
        queries: { '{{code}}': 'max by (code) (invoice_findings_open)' },
        limits: { warn: 1, bad: 10 },
        runbook: 'README.md',
      },
    ],
  },
};
