-- role: nx_payment_owner
-- oldest: 0.1.0
-- What invoice told is written once for him too who replicates.

ALTER TABLE mq_pay."InvoiceEvent" ENABLE ALWAYS TRIGGER invoice_event_written_once;
ALTER TABLE mq_pay."InvoiceEvent" ENABLE ALWAYS TRIGGER invoice_event_not_truncated;
