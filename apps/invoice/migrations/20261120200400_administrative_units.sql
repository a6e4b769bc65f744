-- role: nx_invoice_owner
-- oldest: 0.1.0
-- Provinces and communes with the day from which they exist; codes are text, leading zeros count.

CREATE TABLE invoice."Province" (
  code text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  short_name text NOT NULL,
  kind text NOT NULL,
  valid_from date NOT NULL
);

CREATE TABLE invoice."Commune" (
  code text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  province_code text COLLATE "C" NOT NULL REFERENCES invoice."Province" (code),
  valid_from date NOT NULL
);
CREATE INDEX commune_province ON invoice."Commune" (province_code, code);

-- Names before the reform, for addresses that still carry them.
CREATE TABLE invoice."FormerCommune" (
  province text NOT NULL,
  district text NOT NULL,
  name text NOT NULL,
  code text,
  successor_codes text[] NOT NULL,
  PRIMARY KEY (province, district, name)
);
REVOKE INSERT, UPDATE, DELETE ON invoice."Province", invoice."Commune", invoice."FormerCommune" FROM nx_invoice;
