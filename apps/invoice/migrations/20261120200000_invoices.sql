-- role: nx_invoice_owner
-- oldest: 0.1.0
-- Invoices with what was sold. Amounts are whole minor units of the currency.

CREATE TABLE invoice."InvoiceRequest" (
  id text COLLATE "C" PRIMARY KEY,
  merchant_id text COLLATE "C" NOT NULL,
  source_type text NOT NULL,
  source_id text COLLATE "C" NOT NULL,
  -- Null until the payment comes: a request may arrive first.
  invoice_id text COLLATE "C",
  -- Buyer data as normalised: kind COMPANY | PERSON | CONSUMER and its members.
  buyer jsonb,
  buyer_tax_code text,
  claim_state text CHECK (claim_state IN ('PENDING', 'CLAIMED', 'EXPIRED')),
  claim_token_hash text,
  claim_token_version int NOT NULL DEFAULT 1,
  claim_key_id text,
  claim_deadline timestamptz,
  claimed_at timestamptz,
  -- Of the body that claimed: the identical one is answered with success again for a while.
  claim_fingerprint text,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}',
  CHECK (claim_state IS NULL OR (claim_token_hash IS NOT NULL AND claim_deadline IS NOT NULL))
);
CREATE UNIQUE INDEX invoice_request_token ON invoice."InvoiceRequest" (claim_token_hash) WHERE claim_token_hash IS NOT NULL;
CREATE UNIQUE INDEX invoice_request_source ON invoice."InvoiceRequest" (merchant_id, source_type, source_id)
  WHERE deleted_at IS NULL;
CREATE INDEX invoice_request_due ON invoice."InvoiceRequest" (claim_deadline) WHERE claim_state = 'PENDING';
CREATE INDEX invoice_request_list ON invoice."InvoiceRequest" (merchant_id, created_at DESC, id DESC);

CREATE TABLE invoice."Invoice" (
  id text COLLATE "C" PRIMARY KEY,
  -- Raised by every transaction that changes the row: orders its events and its audit trail.
  version bigint NOT NULL DEFAULT 1,
  merchant_id text COLLATE "C" NOT NULL,
  organizer_id text COLLATE "C",
  source_type text NOT NULL,
  source_id text COLLATE "C" NOT NULL,
  source_number text,
  origin text NOT NULL CHECK (origin IN ('000_ORIGIN', '100_ADJUSTMENT', '200_REPLACEMENT')),
  invoice_type text NOT NULL
    CHECK (invoice_type IN ('VAT', 'SALE', 'POS_VAT', 'POS_SALE', 'TICKET', 'INTERNAL_DELIVERY')),
  invoice_form smallint NOT NULL CHECK (invoice_form BETWEEN 1 AND 9),
  invoice_symbol text NOT NULL,
  year int NOT NULL,
  has_cqt_code boolean NOT NULL,
  tax_method text NOT NULL CHECK (tax_method IN ('DEDUCTION', 'DIRECT', 'UNKNOWN')),
  auto_release boolean NOT NULL,
  auto_sign boolean NOT NULL,
  auto_send_cqt boolean NOT NULL,
  issuance_mode text NOT NULL CHECK (issuance_mode IN ('REAL_TIME', 'SCHEDULED', 'MANUAL', 'BUYER_SELF_SERVICE')),
  invoice_config_mapping_id text COLLATE "C",
  provider text NOT NULL,
  -- The key at the provider: request id and day, frozen together before the first call.
  provider_key text COLLATE "C",
  invoice_date date,
  invoice_number text,
  cqt_code text,
  lookup_code text,
  provider_reference text,
  seller_tax_code text,
  issuance_status text NOT NULL
    CHECK (issuance_status IN ('PENDING', 'PROCESSING', 'SUCCESS', 'FAILED', 'CANCELLED', 'UNKNOWN')),
  authority_status text NOT NULL
    CHECK (authority_status IN ('NOT_REQUIRED', 'PENDING', 'CODED', 'ACCEPTED', 'REJECTED')),
  -- Why a person or a later record is needed before it can go on.
  findings text[] NOT NULL DEFAULT '{}',
  legal_deadline_at timestamptz NOT NULL,
  tax_point timestamptz NOT NULL,
  paid_at timestamptz NOT NULL,
  retry_count int NOT NULL DEFAULT 0,
  next_retry_at timestamptz,
  -- When the machine looks at it again; null = it waits for a person, a buyer or tax data, or it is done.
  due_at timestamptz,
  locked_until timestamptz,
  -- First of the two look-ups that prove "not issued"; cleared by every call that may issue.
  not_found_since timestamptz,
  issued_at timestamptz,
  parent_id text COLLATE "C",
  invoice_request_id text COLLATE "C" REFERENCES invoice."InvoiceRequest" (id),
  currency text NOT NULL,
  total bigint NOT NULL CHECK (total >= 0),
  total_before_discount bigint,
  total_discount bigint,
  total_before_tax bigint,
  total_tax bigint,
  total_reduction bigint,
  payment_method text NOT NULL CHECK (payment_method IN ('CASH', 'TRANSFER', 'CASH_OR_TRANSFER')),
  -- What was sold, as it came; the lines of the invoice are calculated from it when the seller's tax data is known.
  sale_snapshot jsonb NOT NULL,
  tax_snapshot jsonb,
  buyer_snapshot jsonb,
  provider_config_snapshot jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}',
  CHECK ((provider_key IS NULL) = (invoice_date IS NULL)),
  CHECK (issuance_status <> 'SUCCESS' OR invoice_number IS NOT NULL)
);
CREATE UNIQUE INDEX invoice_one_per_source ON invoice."Invoice" (merchant_id, source_type, source_id)
  WHERE origin = '000_ORIGIN' AND deleted_at IS NULL AND issuance_status <> 'CANCELLED';
CREATE UNIQUE INDEX invoice_number_of_series ON invoice."Invoice"
  (seller_tax_code, invoice_form, invoice_symbol, invoice_number) WHERE invoice_number IS NOT NULL;
CREATE UNIQUE INDEX invoice_provider_key ON invoice."Invoice" (provider_key) WHERE provider_key IS NOT NULL;
CREATE INDEX invoice_source ON invoice."Invoice" (source_id);
CREATE INDEX invoice_list ON invoice."Invoice" (merchant_id, created_at DESC, id DESC);
CREATE INDEX invoice_due ON invoice."Invoice" (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX invoice_series_open ON invoice."Invoice" (seller_tax_code, invoice_form, invoice_symbol, tax_point)
  WHERE issuance_status IN ('PENDING', 'PROCESSING', 'UNKNOWN') AND deleted_at IS NULL;
CREATE INDEX invoice_waits_for_tax ON invoice."Invoice" (merchant_id)
  WHERE issuance_status = 'PENDING' AND 'SELLER_TAX_MISSING' = ANY (findings);

-- The number, once given, and the provider's key, once frozen, never change; an issued invoice stays issued.
CREATE FUNCTION invoice.keep_what_was_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.provider_key IS NOT NULL
     AND (NEW.provider_key, NEW.invoice_date) IS DISTINCT FROM (OLD.provider_key, OLD.invoice_date) THEN
    RAISE EXCEPTION 'invoice %: its key at the provider is frozen', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.invoice_number IS NOT NULL AND NEW.invoice_number IS DISTINCT FROM OLD.invoice_number THEN
    RAISE EXCEPTION 'invoice %: its number is frozen', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.issuance_status = 'SUCCESS' AND NEW.issuance_status NOT IN ('SUCCESS', 'CANCELLED') THEN
    RAISE EXCEPTION 'invoice %: it is issued', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER invoice_keep_issued BEFORE UPDATE ON invoice."Invoice"
  FOR EACH ROW EXECUTE FUNCTION invoice.keep_what_was_issued();
ALTER TABLE invoice."Invoice" ENABLE ALWAYS TRIGGER invoice_keep_issued;

CREATE TABLE invoice."InvoiceItem" (
  id text COLLATE "C" PRIMARY KEY,
  invoice_id text COLLATE "C" NOT NULL REFERENCES invoice."Invoice" (id),
  merchant_id text COLLATE "C" NOT NULL,
  ordinal int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('GOODS', 'PROMOTION', 'DISCOUNT', 'NOTE')),
  code text,
  name text NOT NULL,
  unit text,
  quantity numeric NOT NULL,
  unit_price numeric NOT NULL,
  amount_before_discount bigint NOT NULL,
  discount bigint NOT NULL,
  amount bigint NOT NULL,
  tax_rate text,
  tax_amount bigint NOT NULL,
  reduction bigint NOT NULL,
  amount_after_tax bigint NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (invoice_id, ordinal)
);
