-- role: nx_invoice_owner
-- oldest: 0.1.0
-- What commerce says about a merchant's taxes: the authoritative copy.

CREATE TABLE tax."TaxInfo" (
  id text COLLATE "C" PRIMARY KEY,
  principal_type text NOT NULL,
  principal_id text COLLATE "C" NOT NULL,
  organizer_id text COLLATE "C",
  merchant_name text,
  -- Null while commerce has never sent a valid one.
  tax_code text,
  full_name text,
  address text,
  province_code text,
  ward_code text,
  tax_method text CHECK (tax_method IN ('DEDUCTION', 'DIRECT')),
  business_type text,
  email text,
  phone text,
  -- Order of the source: an older record never overwrites.
  source_lsn numeric,
  source_ts timestamptz,
  -- What was kept aside, with the record's own value, for the merchant to correct.
  findings jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT tax_info_principal UNIQUE (principal_type, principal_id)
);
CREATE INDEX tax_info_code ON tax."TaxInfo" (tax_code);

-- Answers of a public register, kept for a while: hints for filling forms, never a decision.
CREATE TABLE tax."TaxCodeLookup" (
  tax_code text COLLATE "C" PRIMARY KEY,
  found boolean NOT NULL,
  name text,
  address text,
  looked_up_at timestamptz NOT NULL
);
