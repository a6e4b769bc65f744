-- role: nx_payment_owner
-- oldest: 0.1.0
-- How far the watch over the invariants of transactions has come in the chain of sealed journals.

CREATE TABLE mq_pay."InvariantWatch" (
  chain text COLLATE "C" PRIMARY KEY,
  sequence bigint NOT NULL,
  looked_at timestamptz NOT NULL
);
