-- What commerce's database needs before the connector may read its merchant table: rights of the connector's role, the
-- table through which snapshots are asked for, and the publication. The server runs with wal_level = logical, and
--   CREATE ROLE commerce_connect LOGIN REPLICATION PASSWORD '…';
-- has been said. Run once, by the owner of the table and of the database:
--   psql -v ON_ERROR_STOP=1 -v schema=public -v role=commerce_connect -f commerce-source.sql
-- A second run changes nothing and ends with "already exists".
BEGIN;
CREATE TABLE :"schema".connect_signal (
  id varchar(42) PRIMARY KEY,
  type varchar(32) NOT NULL,
  data varchar(2048)
);
GRANT USAGE ON SCHEMA :"schema" TO :"role";
GRANT SELECT ON :"schema"."Merchant" TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON :"schema".connect_signal TO :"role";
CREATE PUBLICATION commerce_merchants FOR TABLE :"schema"."Merchant", :"schema".connect_signal;
COMMIT;
