import { vendorState } from './vendor-state';
import type { Shop } from './world';

/**
 * Everything that a sale has come to, in every place that keeps it, without ids and times: two runs of one flow end
 * equal, whatever died on the way. What a recovery may leave behind is not in it: questions to a provider, further tries
 * of one delivery, a try to refund that provably never reached the provider, one that a person had to look up. Nor is
 * whether a cancelled attempt was asked about once more when it expired: that depends on how old it has become.
 */
export async function endState(shop: Shop, orderId: string): Promise<object> {
  const { world } = shop;
  const rows = async (text: string): Promise<object[]> => world.sql<object>(text, [orderId]);
  const OWN = `SELECT id FROM mq_pay."Transaction" WHERE source_id = $1`;
  const [
    transactions,
    attempts,
    journals,
    balances,
    refunds,
    suspense,
    chargebacks,
    findings,
    acts,
    events,
    deliveries,
  ] = await Promise.all([
    rows(`SELECT status, paid::int, open_amount::int, refunded::int, refund_reserved::int, charged_back::int
          FROM mq_pay."Transaction" WHERE source_id = $1 ORDER BY created_at`),
    rows(`SELECT type, provider, status, amount::int, applied_amount::int, refunded::int, refund_reserved::int,
            reversed::int, next_query_at IS NULL OR status = '505_CANCELLED' AS at_rest
          FROM mq_pay."PaymentAttempt"
          WHERE transaction_id IN (${OWN}) AND (type <> '300_REFUND' OR status = '302_SUCCESS')
          ORDER BY type, provider, status, amount`),
    rows(`SELECT j.kind, string_agg(a.type || ' ' || e.side || ' ' || e.amount, ', ' ORDER BY e.line) AS entries
          FROM mq_pay."LedgerJournal" j JOIN mq_pay."LedgerEntry" e ON e.journal_id = j.id
          JOIN mq_pay."LedgerAccount" a ON a.id = e.account_id
          WHERE j.transaction_id IN (${OWN}) AND j.kind NOT LIKE 'REFUND%' GROUP BY j.id, j.kind ORDER BY 1, 2`),
    rows(`SELECT a.type, sum(CASE WHEN e.side = a.normal_side THEN e.amount ELSE -e.amount END)::int AS balance
          FROM mq_pay."LedgerJournal" j JOIN mq_pay."LedgerEntry" e ON e.journal_id = j.id
          JOIN mq_pay."LedgerAccount" a ON a.id = e.account_id
          WHERE j.transaction_id IN (${OWN}) GROUP BY a.type ORDER BY 1`),
    rows(`SELECT kind, status, amount::int FROM mq_pay."Refund" WHERE transaction_id IN (${OWN}) ORDER BY 1, 2, 3`),
    rows(`SELECT reason, amount::int, accepted::int, refunded::int, reversed::int
          FROM mq_pay."SuspenseItem" WHERE transaction_id IN (${OWN}) ORDER BY 1, 2`),
    rows(`SELECT status, amount::int, count(*)::int FROM mq_pay."Chargeback" WHERE transaction_id IN (${OWN})
          GROUP BY 1, 2 ORDER BY 1, 2`),
    rows(`SELECT code, count(*)::int FROM mq_pay."Finding"
          WHERE transaction_id IN (${OWN}) AND NOT (code = 'REFUND_UNKNOWN' AND status = 'RESOLVED') GROUP BY 1 ORDER BY 1`),
    rows(`SELECT action, count(*)::int FROM payment."AuditTrail"
          WHERE entity_id IN (${OWN}) AND action = ANY ('{suspense.match,suspense.accept,transaction.reverse}')
            OR entity_id IN (SELECT id FROM mq_pay."Chargeback" WHERE transaction_id IN (${OWN}))
          GROUP BY 1 ORDER BY 1`),
    rows(`SELECT event_type, count(*)::int, bool_and(published_at IS NOT NULL) AS published
          FROM mq_pay."Outbox" WHERE aggregate_id IN (${OWN}) AND event_type <> 'mq-pay:refund.failed'
            AND NOT (event_type = 'OPERATIONS_ALERT' AND strpos(payload::text, 'REFUND_UNKNOWN') > 0)
          GROUP BY 1 ORDER BY 1`),
    rows(`SELECT event_type, status, sequence FROM payment."WebhookDelivery"
          WHERE transaction_id IN (${OWN}) ORDER BY sequence`),
  ]);
  return {
    payment: {
      ...{ transactions, attempts, journals, balances, refunds, suspense, chargebacks },
      ...{ findings, acts, events, deliveries },
    },
    invoice: await invoiceState(shop, orderId),
    sale: await saleState(shop, orderId),
    vendors: await vendorState(shop, orderId),
    inboxes: await rows(
      `SELECT type, count(*)::int, count(DISTINCT recipient_id)::int AS people FROM signal."ActivityNotification"
       WHERE strpos(data::text, 'REFUND_UNKNOWN') = 0 AND (strpos(data::text, $1) > 0
          OR EXISTS (SELECT 1 FROM mq_pay."Transaction" t WHERE t.source_id = $1 AND strpos(data::text, t.id) > 0))
       GROUP BY 1 ORDER BY 1`,
    ),
  };
}

const invoiceState = ({ world }: Shop, orderId: string): Promise<object[]> =>
  world.sql(
    `SELECT i.origin, i.issuance_status, i.authority_status, i.invoice_symbol, i.invoice_number IS NOT NULL AS numbered,
       i.total::int, i.total_tax::int, i.provider_try, i.buyer_snapshot ->> 'kind' AS buyer, r.claim_state,
       (SELECT json_object_agg(f.code, f.status) FROM invoice."Finding" f WHERE f.invoice_id = i.id) AS findings,
       (SELECT json_object_agg(e.event_type, e.count ORDER BY e.event_type) FROM (
          SELECT o.event_type, count(*)::int AS count FROM invoice."Outbox" o
          WHERE o.aggregate_id = i.id AND o.event_type <> ALL ('{invoice.processing,invoice.unknown,invoice.pending}')
          GROUP BY 1) e) AS events,
       (SELECT count(*)::int FROM invoice."Outbox" o WHERE o.aggregate_id = i.id AND o.published_at IS NULL) AS waiting
     FROM invoice."Invoice" i LEFT JOIN invoice."InvoiceRequest" r ON r.invoice_id = i.id
     WHERE i.source_id = $1 ORDER BY i.created_at`,
    [orderId],
  );

/** A delivery that came again counts once if it is the very same one, and is shown if it is not. */
async function saleState({ till }: Shop, orderId: string): Promise<object> {
  const { order, paid, findings, webhooks } = await till.sandbox.get(`/sale/orders/${orderId}`);
  const heard = new Set<string>(webhooks.map(({ body }: { body: object }) => JSON.stringify(body)));
  const texts = [...heard].map((text) => JSON.parse(text) as { eventType: string; payload: { sequence?: number } });
  return {
    status: order.status,
    paid,
    findings,
    webhooks: texts.map(({ eventType, payload }) => `${payload.sequence} ${eventType}`).toSorted(),
  };
}
