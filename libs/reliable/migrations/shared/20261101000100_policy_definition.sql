-- role: nx_shared_owner
-- oldest: 0.1.0
-- Identity owns this table where it runs, and then nothing here touches it; it is made only where it is missing.
DO $$
BEGIN
  IF to_regclass('identity."PolicyDefinition"') IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE TABLE identity."PolicyDefinition" (
    id           text COLLATE "C" PRIMARY KEY,
    variant      text NOT NULL CHECK (variant IN ('group', 'policy')),
    subject_type text NOT NULL,
    subject_id   text COLLATE "C" NOT NULL,
    target_type  text NOT NULL,
    target_id    text COLLATE "C" NOT NULL,
    action       text,
    effect       text CHECK (effect IN ('allow', 'deny')),
    domain       text COLLATE "C",
    metadata     jsonb,
    created_at   timestamptz NOT NULL DEFAULT now(),
    modified_at  timestamptz NOT NULL DEFAULT now(),
    deleted_at   timestamptz,
    created_by   text COLLATE "C",
    modified_by  text COLLATE "C"
  );
  CREATE INDEX "PolicyDefinition_subject_idx"
    ON identity."PolicyDefinition" (subject_type, subject_id, target_type);
  CREATE INDEX "PolicyDefinition_target_idx"
    ON identity."PolicyDefinition" (target_type, target_id, subject_type);
  GRANT SELECT ON identity."PolicyDefinition" TO nx_payment, nx_invoice, nx_signal;
END $$;
