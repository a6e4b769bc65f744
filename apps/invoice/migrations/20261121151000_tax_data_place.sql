-- role: nx_invoice_owner
-- oldest: 0.1.0
-- While a newer record is kept aside the data in use has a place of its own in the source's log: a valid record between
-- the two still counts, in whatever order they come. Null = no record was kept aside yet, or its place is not known.

ALTER TABLE tax."TaxInfo" ADD COLUMN data_lsn numeric, ADD COLUMN data_ts timestamptz;
COMMENT ON COLUMN tax."TaxInfo".data_lsn IS 'place of the data in use; counts while findings is not empty, else source_lsn';
