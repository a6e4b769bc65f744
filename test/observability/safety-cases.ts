import { grows, growsTo, stays, type AlertCase } from './alert-case';

const changes = (to: string): string => `invoice_status_changes_total{to="${to}"}`;

const INVOICES: readonly AlertCase[] = [
  {
    rule: 'InvoiceIssuanceFailureSurge critical',
    over: { [changes('FAILED')]: grows(5), [changes('SUCCESS')]: grows(40) },
    under: { [changes('FAILED')]: grows(5), [changes('SUCCESS')]: grows(45), [changes('CANCELLED')]: grows(900) },
    since: 15,
    summary: 'Invoices are refused',
    description: '11.1 % of the invoices that ended in the last 10 minutes have FAILED.',
  },
  {
    rule: 'InvoiceIssuanceFailureSurge critical',
    over: { [changes('FAILED')]: growsTo(5) },
    under: { [changes('FAILED')]: growsTo(4) },
    since: 75,
    summary: 'Invoices are refused',
    description: '100.0 % of the invoices that ended in the last 10 minutes have FAILED.',
  },
  {
    rule: 'InvoiceDlqGrowing warning',
    over: { 'invoice_issuance_dead_letters_total{reason="REFUSED"}': '0x3 1x39 2x200' },
    // One alone is the shop's matter.
    under: { 'invoice_issuance_dead_letters_total{reason="REFUSED"}': '0x3 1x200' },
    since: 60,
    labels: { reason: 'REFUSED' },
    summary: 'Invoices are given up one after the other',
    description: '1 in the last 15 minutes for the reason REFUSED.',
  },
  {
    rule: 'InvoiceTaxInfoDrift warning',
    over: { 'invoice_tax_info_drift{instance="a"}': stays(1) },
    under: { 'invoice_tax_info_drift{instance="a"}': stays(0) },
    since: 0,
    summary: 'TaxInfo is not what commerce says',
    description:
      '1 merchants differ, records of the change feed wait, seconds until one is handled, or connectors say nothing.',
  },
  {
    rule: 'InvoiceTaxInfoDrift warning',
    over: { 'kafka_consumer_lag{service="invoice",topic="nx.seller.public.Merchant"}': stays(101) },
    under: {
      'kafka_consumer_lag{service="invoice",topic="nx.seller.public.Merchant"}': stays(100),
      'kafka_consumer_lag{service="invoice",topic="payment.success"}': stays(900),
    },
    since: 0,
    labels: { topic: 'nx.seller.public.Merchant' },
    summary: 'TaxInfo is not what commerce says',
    description:
      '101 merchants differ, records of the change feed wait, seconds until one is handled, or connectors say nothing.',
  },
  {
    rule: 'InvoiceTaxInfoDrift warning',
    over: {
      'invoice_cdc_lag_seconds_bucket{le="60"}': grows(0),
      'invoice_cdc_lag_seconds_bucket{le="120"}': grows(1),
      'invoice_cdc_lag_seconds_bucket{le="+Inf"}': grows(1),
    },
    // A few late ones among many are a restart of the connector.
    under: {
      'invoice_cdc_lag_seconds_bucket{le="60"}': grows(95),
      'invoice_cdc_lag_seconds_bucket{le="120"}': grows(100),
      'invoice_cdc_lag_seconds_bucket{le="+Inf"}': grows(100),
    },
    since: 15,
    summary: 'TaxInfo is not what commerce says',
    description:
      '117 merchants differ, records of the change feed wait, seconds until one is handled, or connectors say nothing.',
  },
  {
    rule: 'InvoiceTaxInfoDrift warning',
    over: { 'invoice_cdc_connector_silent{instance="a"}': stays(1) },
    under: { 'invoice_cdc_connector_silent{instance="a"}': stays(0) },
    since: 0,
    summary: 'TaxInfo is not what commerce says',
    description:
      '1 merchants differ, records of the change feed wait, seconds until one is handled, or connectors say nothing.',
  },
  {
    rule: 'InvoiceWebhookRejected warning',
    over: { 'invoice_webhooks_rejected_total{reason="signature"}': growsTo(3) },
    under: {
      'invoice_webhooks_rejected_total{reason="signature"}': growsTo(2),
      'invoice_webhooks_rejected_total{reason="replayed"}': grows(9),
    },
    since: 45,
    labels: { reason: 'signature' },
    summary: 'Notices to invoice are answered 401',
    description: '3 in 10 minutes; what was wrong: signature.',
  },
  {
    rule: 'InvoiceDeadlineNear critical',
    over: { invoice_legal_deadline_near: stays(2) },
    under: { invoice_legal_deadline_near: stays(0) },
    since: 0,
    summary: 'The legal deadline of invoices is near',
    description: '2 invoices are not issued and have less than two hours left, or none.',
  },
];

const unknown = (severity: string, metric: string, limit: number, said: string): AlertCase => ({
  rule: `UnknownOutcomesAging ${severity}`,
  over: { [metric]: stays(limit + 60) },
  under: { [metric]: stays(limit) },
  since: 0,
  summary: 'Nobody knows what became of payments, refunds or invoices',
  description: `The oldest has been unknown for ${said}.`,
});

const MONEY: readonly AlertCase[] = [
  {
    rule: 'PaymentEncryptionMismatch critical',
    over: { 'payment_decrypt_failures_total{service="payment",instance="a"}': growsTo(1) },
    under: { 'payment_decrypt_failures_total{service="payment",instance="a"}': stays(3) },
    since: 15,
    labels: { service: 'payment', instance: 'a' },
    summary: 'a does not open what others have sealed',
    description: '1 times in 5 minutes. Compare the key ring of all pods of payment.',
  },
  {
    rule: 'PaymentEncryptionMismatch critical',
    over: { 'invoice_decrypt_failures_total{service="invoice",instance="b",table="InvoiceProvider"}': growsTo(1) },
    under: { 'invoice_decrypt_failures_total{service="invoice",instance="b",table="InvoiceProvider"}': stays(0) },
    since: 15,
    labels: { service: 'invoice', instance: 'b' },
    summary: 'b does not open what others have sealed',
    description: '1 times in 5 minutes. Compare the key ring of all pods of invoice.',
  },
  {
    rule: 'LedgerImbalance critical',
    over: { 'payment_ledger_imbalance{currency="VND"}': stays(1) },
    under: { 'payment_ledger_imbalance{currency="VND"}': stays(0) },
    since: 0,
    labels: { currency: 'VND' },
    summary: 'The ledger does not balance',
    description: 'The difference in minor units, or the number of transactions that contradict their journals: 1.',
  },
  {
    rule: 'LedgerImbalance critical',
    over: { 'payment_findings_by_code{code="INVARIANT_BROKEN"}': stays(2) },
    under: { 'payment_findings_by_code{code="SURPLUS"}': stays(9) },
    since: 0,
    labels: { code: 'INVARIANT_BROKEN' },
    summary: 'The ledger does not balance',
    description: 'The difference in minor units, or the number of transactions that contradict their journals: 2.',
  },
  unknown('warning', 'payment_unknown_outcomes_age_seconds', 3600, '1h 1m 0s'),
  unknown('warning', 'payment_refunds_unknown_age_seconds', 3600, '1h 1m 0s'),
  unknown('warning', 'invoice_unknown_outcomes_age_seconds', 3600, '1h 1m 0s'),
  unknown('critical', 'payment_unknown_outcomes_age_seconds', 90_000, '1d 1h 1m 0s'),
  unknown('critical', 'payment_refunds_unknown_age_seconds', 90_000, '1d 1h 1m 0s'),
  unknown('critical', 'invoice_unknown_outcomes_age_seconds', 90_000, '1d 1h 1m 0s'),
  {
    rule: 'FreezeActive warning',
    over: { 'payment_freeze_active{operation="REFUND",scope_type="global"}': stays(1) },
    under: { 'payment_freeze_active{operation="REFUND",scope_type="global"}': '_x200' },
    since: 0,
    labels: { operation: 'REFUND', scope_type: 'global' },
    summary: 'REFUND is frozen',
    description: '1 freezes of the scope global hold.',
  },
];

const TOPOLOGY: readonly AlertCase[] = [
  {
    rule: 'OutboxStalled critical',
    over: { 'outbox_oldest_age_seconds{service="payment",route="payment.events"}': stays(121) },
    under: { 'outbox_oldest_age_seconds{service="payment",route="payment.events"}': stays(120) },
    since: 0,
    labels: { service: 'payment', route: 'payment.events' },
    summary: 'Events of payment do not leave',
    description: 'The oldest for payment.events has waited for 2m 1s.',
  },
  {
    rule: 'NodeIdCollision critical',
    over: { 'node_lease_held{service="payment",instance="a"}': stays(0) },
    under: { 'node_lease_held{service="payment",instance="a"}': stays(1) },
    since: 0,
    labels: { service: 'payment', instance: 'a' },
    summary: 'A node id is not held by one process alone',
    description: 'a has lost its lease and issues no ids.',
  },
  {
    rule: 'NodeIdCollision critical',
    over: { 'node_lease_id{instance="a"}': stays(8), 'node_lease_id{instance="b"}': stays(8) },
    under: { 'node_lease_id{instance="a"}': stays(8), 'node_lease_id{instance="b"}': stays(800) },
    since: 0,
    labels: { node_id: '8' },
    summary: 'A node id is not held by one process alone',
    description: 'Node id 8 is held 2 times.',
  },
  {
    rule: 'DatabaseFailover warning',
    over: { 'postgres_timeline{service="payment",instance="a"}': '3x3 4x200' },
    under: {
      'postgres_timeline{service="payment",instance="a"}': stays(3),
      'postgres_timeline{service="invoice"}': stays(5),
    },
    since: 60,
    labels: { service: 'payment' },
    summary: 'Another database server has taken over',
    description: 'payment writes to timeline 4 now.',
  },
  {
    rule: 'SplitBrain critical',
    over: {
      'postgres_timeline{service="payment",instance="a"}': stays(3),
      'postgres_timeline{service="payment",instance="b"}': stays(4),
    },
    // One after the other goes over to the new server.
    under: {
      'postgres_timeline{service="payment",instance="a"}': '3x3 4x200',
      'postgres_timeline{service="payment",instance="b"}': '3x5 4x200',
    },
    since: 0,
    labels: { service: 'payment' },
    summary: 'Processes of payment write to two database servers',
    description: 'The newest of their timelines is 4; others write to an older one.',
  },
];

const SIGNAL: readonly AlertCase[] = [
  {
    rule: 'SignalDeaf critical',
    over: { 'signal_bus_subscribed{instance="a"}': stays(0) },
    under: { 'signal_bus_subscribed{instance="a"}': stays(1) },
    since: 0,
    labels: { instance: 'a' },
    summary: 'a pushes nothing',
    description: 'It is not subscribed to the bus.',
  },
  {
    rule: 'SignalDeaf critical',
    over: { 'health_indicator_ready{service="signal",instance="a",indicator="kafka-consumer"}': stays(0) },
    under: {
      'health_indicator_ready{service="signal",instance="a",indicator="kafka-consumer"}': stays(1),
      'health_indicator_ready{service="invoice",instance="b",indicator="kafka-consumer"}': stays(0),
    },
    since: 0,
    labels: { service: 'signal', instance: 'a', indicator: 'kafka-consumer' },
    summary: 'a pushes nothing',
    description: 'Its Kafka consumer does not run.',
  },
];

/** Cases of the rules of invoice and signal, and of those that watch over all services. */
export const SAFETY_CASES: readonly AlertCase[] = [...INVOICES, ...MONEY, ...TOPOLOGY, ...SIGNAL];
