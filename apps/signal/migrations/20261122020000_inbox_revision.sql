-- role: nx_signal_owner
-- oldest: 0.1.0
-- Every change of an inbox (created, read, deleted, expired) has a number without gaps, so that pushes can be put in
-- order on their way to a socket, and a missing one is noticed. A constant default: no row is rewritten.
ALTER TABLE signal."RecipientState" ADD COLUMN revision bigint NOT NULL DEFAULT 0 CHECK (revision >= 0);
