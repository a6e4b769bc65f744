-- role: nx_payment_owner
-- oldest: 0.1.0
-- A buyer may contest what he was given back already: then more is gone than was paid, and the books have to say so.
-- Refunds alone still never exceed what was paid, and neither do chargebacks.
ALTER TABLE mq_pay."Transaction" DROP CONSTRAINT "Transaction_check1";
ALTER TABLE mq_pay."Transaction" ADD CONSTRAINT transaction_gone
  CHECK (paid - refunded - refund_reserved >= 0 AND charged_back <= paid) NOT VALID;
