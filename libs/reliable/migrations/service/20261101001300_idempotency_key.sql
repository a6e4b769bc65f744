-- role: :owner
-- oldest: 0.1.0
-- First uses of Idempotency-Key: RUNNING with the ids that were chosen, then DONE with the status of the answer.
CREATE TABLE :schema."IdempotencyKey" (
  scope        text COLLATE "C" NOT NULL,
  operation    text COLLATE "C" NOT NULL,
  key          text COLLATE "C" NOT NULL,
  fingerprint  text NOT NULL,
  status       text NOT NULL DEFAULT 'RUNNING' CHECK (status IN ('RUNNING', 'DONE')),
  ids          jsonb NOT NULL DEFAULT '{}',
  http_status  integer,
  body         jsonb,
  locked_until timestamptz NOT NULL DEFAULT now() + interval '15 seconds',
  created_at   timestamptz NOT NULL DEFAULT now(),
  expires_at   timestamptz NOT NULL DEFAULT now() + interval '24 hours',
  CONSTRAINT "IdempotencyKey_pkey" PRIMARY KEY (scope, operation, key),
  CHECK (status = 'RUNNING' OR http_status BETWEEN 200 AND 299)
);
CREATE INDEX "IdempotencyKey_expires_at_idx" ON :schema."IdempotencyKey" (expires_at);
