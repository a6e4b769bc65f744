-- role: nx_payment_owner
-- oldest: 0.1.0
-- A call that cannot be taken back is begun and finished under the lease of its worker. Calls without a token (what is
-- asked again at will) do not pay for it.
CREATE TRIGGER provider_operation_fence BEFORE INSERT OR UPDATE OF finished_at ON mq_pay."ProviderOperation"
  FOR EACH ROW WHEN (NEW.fencing_token IS NOT NULL) EXECUTE FUNCTION platform.refuse_stale_lease();
