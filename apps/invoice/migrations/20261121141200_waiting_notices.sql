-- role: nx_invoice_owner
-- oldest: 0.1.0
-- A provider may tell of an invoice before its own answer has come: such a notice waits under the key at the provider.

ALTER TABLE invoice."WebhookReceipt" ADD COLUMN provider_key text COLLATE "C";
CREATE INDEX webhook_receipt_waiting ON invoice."WebhookReceipt" (provider_key, received_at) WHERE outcome = 'waiting';
