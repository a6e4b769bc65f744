-- role: nx_shared_owner
-- oldest: 0.1.0
-- Where a process that was refused a write for want of disk space tries again, before it calls itself ready. A row fills
-- a page, so that it needs new space; it is always rolled back, so there are none.
CREATE TABLE platform."WriteProbe" (filler text NOT NULL);
ALTER TABLE platform."WriteProbe" ALTER COLUMN filler SET STORAGE PLAIN;
REVOKE ALL ON platform."WriteProbe" FROM nx_payment, nx_invoice, nx_signal;
GRANT INSERT ON platform."WriteProbe" TO nx_payment, nx_invoice, nx_signal;
