-- role: nx_invoice_owner
-- oldest: 0.1.0
-- Where and how a merchant issues: connection, series and policy, and which sale channel uses which.

CREATE TABLE invoice."InvoiceProvider" (
  id text COLLATE "C" PRIMARY KEY,
  merchant_id text COLLATE "C" NOT NULL,
  name text NOT NULL,
  provider text NOT NULL,
  base_url text NOT NULL,
  tax_code text NOT NULL,
  -- Sealed JSON {clientId, clientSecret}: it is written and never read out again.
  credential text NOT NULL,
  settings jsonb NOT NULL DEFAULT '{}',
  status text NOT NULL CHECK (status IN ('201_ACTIVATED', '401_DEACTIVATED')),
  tested_at timestamptz,
  test_result text,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX invoice_provider_name ON invoice."InvoiceProvider" (merchant_id, name) WHERE deleted_at IS NULL;
CREATE INDEX invoice_provider_list ON invoice."InvoiceProvider" (merchant_id, created_at DESC, id DESC);

-- Connections of the whole platform; the same shape as payment's.
CREATE TABLE invoice."Configuration" (
  id text COLLATE "C" PRIMARY KEY,
  code text NOT NULL,
  "group" text NOT NULL,
  principal_type text,
  principal_id text COLLATE "C",
  environment text NOT NULL CHECK (environment IN ('DEVELOPMENT', 'PRODUCTION')),
  lookup_key text,
  t_value text,
  credential text,
  data_type text NOT NULL DEFAULT 'JSON',
  status text NOT NULL,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX configuration_principal ON invoice."Configuration"
  ("group", code, principal_id, principal_type, environment) NULLS NOT DISTINCT WHERE deleted_at IS NULL;

CREATE TABLE invoice."InvoiceProviderConfig" (
  id text COLLATE "C" PRIMARY KEY,
  merchant_id text COLLATE "C" NOT NULL,
  invoice_provider_id text COLLATE "C" NOT NULL REFERENCES invoice."InvoiceProvider" (id),
  name text NOT NULL,
  serial text NOT NULL,
  form smallint NOT NULL CHECK (form BETWEEN 1 AND 9),
  category text NOT NULL,
  issuance_mode text NOT NULL CHECK (issuance_mode IN ('REAL_TIME', 'SCHEDULED', 'MANUAL', 'BUYER_SELF_SERVICE')),
  auto_release boolean NOT NULL DEFAULT true,
  auto_sign boolean NOT NULL DEFAULT true,
  auto_send_cqt boolean NOT NULL DEFAULT true,
  retry_metadata jsonb NOT NULL,
  claim_settings jsonb NOT NULL,
  schedule_settings jsonb NOT NULL,
  default_buyer jsonb NOT NULL,
  default_tax_rate text,
  direct_category text,
  rounding_allowance int NOT NULL DEFAULT 1,
  notification_scope text NOT NULL DEFAULT 'merchant' CHECK (notification_scope IN ('org', 'merchant')),
  status text NOT NULL CHECK (status IN ('201_ACTIVATED', '401_DEACTIVATED')),
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX invoice_provider_config_list ON invoice."InvoiceProviderConfig" (merchant_id, created_at DESC, id DESC);

CREATE TABLE invoice."InvoiceConfigMapping" (
  id text COLLATE "C" PRIMARY KEY,
  merchant_id text COLLATE "C" NOT NULL,
  sale_channel_id text COLLATE "C" NOT NULL,
  invoice_provider_config_id text COLLATE "C" NOT NULL REFERENCES invoice."InvoiceProviderConfig" (id),
  status text NOT NULL CHECK (status IN ('201_ACTIVATED', '401_DEACTIVATED')),
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX invoice_config_mapping_channel ON invoice."InvoiceConfigMapping" (merchant_id, sale_channel_id)
  WHERE deleted_at IS NULL;
CREATE INDEX invoice_config_mapping_config ON invoice."InvoiceConfigMapping" (invoice_provider_config_id)
  WHERE deleted_at IS NULL;

CREATE TABLE invoice."MerchantInvoiceProfile" (
  id text COLLATE "C" PRIMARY KEY,
  merchant_id text COLLATE "C" NOT NULL,
  location_code text,
  location_name text,
  location_address text,
  contact_email text,
  contact_phone text,
  -- Tax code or method changed: the series must be registered anew before further invoices are right.
  needs_registration boolean NOT NULL DEFAULT false,
  needs_registration_reason text,
  created_at timestamptz NOT NULL,
  modified_at timestamptz NOT NULL,
  deleted_at timestamptz,
  created_by text,
  modified_by text,
  metadata jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX merchant_invoice_profile_merchant ON invoice."MerchantInvoiceProfile" (merchant_id)
  WHERE deleted_at IS NULL;

-- Notices of other systems that were taken in: their ids, so that a repeated one is refused.
CREATE TABLE invoice."WebhookReceipt" (
  source text COLLATE "C" NOT NULL,
  webhook_id text COLLATE "C" NOT NULL,
  event_type text NOT NULL,
  payload jsonb NOT NULL,
  outcome text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (source, webhook_id)
);
