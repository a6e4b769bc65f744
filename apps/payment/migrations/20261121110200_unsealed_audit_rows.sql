-- role: nx_payment_owner
-- oldest: 0.1.0
-- transaction: none
-- The sealer reads audit rows in the order of the transactions that wrote them.

CREATE INDEX CONCURRENTLY audit_trail_written_in ON payment."AuditTrail" (written_in, id);
