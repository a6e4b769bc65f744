-- role: nx_payment_owner
-- oldest: 0.1.0
-- The edge of the callbacks runs under a role of its own, which may store what providers say and read what it needs to
-- judge it, and nothing else: no money moves under it.
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'nx_payment_ipn') THEN
    GRANT SELECT, INSERT ON mq_pay."IpnInbox" TO nx_payment_ipn;
    GRANT SELECT (id, uid, type, provider, transaction_id, merchant_id, credential_id, status, amount, applied_amount, expires_at)
      ON mq_pay."PaymentAttempt" TO nx_payment_ipn;
    GRANT SELECT ON payment."Configuration" TO nx_payment_ipn;
    GRANT SELECT, INSERT, DELETE ON mq_pay."ForgedIpn" TO nx_payment_ipn;
    GRANT SELECT ON payment."OperationalFreeze", payment."FreezeEpoch", mq_pay."SchemaMigration" TO nx_payment_ipn;
  END IF;
END $$;
