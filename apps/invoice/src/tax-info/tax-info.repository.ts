import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '@nx/persistence';
import type { SellerLocation, TaxFinding, TaxInfo } from './tax-info';

interface TaxInfoRow {
  id: string;
  principal_id: string;
  organizer_id: string | null;
  merchant_name: string | null;
  tax_code: string | null;
  full_name: string | null;
  address: string | null;
  province_code: string | null;
  ward_code: string | null;
  tax_method: TaxInfo['taxMethod'];
  business_type: string | null;
  email: string | null;
  phone: string | null;
  source_lsn: string | null;
  source_ts: Date | null;
  data_lsn: string | null;
  data_ts: Date | null;
  findings: TaxFinding[];
  modified_at: Date;
}

const COLUMNS = `id, principal_id, organizer_id, merchant_name, tax_code, full_name, address, province_code, ward_code,
  tax_method, business_type, email, phone, source_lsn, source_ts, data_lsn, data_ts, findings, modified_at`;

/** How far the source was read of one merchant, and what was seen of his row when that was decided. */
export interface Advance {
  readonly merchantId: string;
  readonly sourceLsn: string | null;
  readonly sourceTs: Date | null;
  readonly seenLsn: string | null;
  readonly seenAt: Date;
}

/** SQL of tax."TaxInfo" and of the profile that belongs to a merchant. */
@Injectable()
export class TaxInfoRepository {
  constructor(private readonly database: Database) {}

  async ofMerchant(merchantId: string, tx?: Tx): Promise<TaxInfo | undefined> {
    const [row] = await (tx ?? this.database).query<TaxInfoRow>(
      `SELECT ${COLUMNS} FROM tax."TaxInfo"
       WHERE principal_type = 'Merchant' AND principal_id = $1 AND deleted_at IS NULL`,
      [merchantId],
    );
    return row === undefined ? undefined : toTaxInfo(row);
  }

  /** Of several merchants at once; those that commerce has never told of are left out. */
  async ofMerchants(merchantIds: readonly string[]): Promise<Map<string, TaxInfo>> {
    const rows = await this.database.query<TaxInfoRow>(
      `SELECT ${COLUMNS} FROM tax."TaxInfo"
       WHERE principal_type = 'Merchant' AND principal_id = ANY ($1) AND deleted_at IS NULL`,
      [merchantIds],
    );
    return new Map(rows.map((row) => [row.principal_id, toTaxInfo(row)]));
  }

  /** The same, with the row held until the transaction ends. */
  async held(tx: Tx, merchantId: string): Promise<TaxInfo | undefined> {
    const [row] = await tx.query<TaxInfoRow>(
      `SELECT ${COLUMNS} FROM tax."TaxInfo" WHERE principal_type = 'Merchant' AND principal_id = $1 FOR UPDATE`,
      [merchantId],
    );
    return row === undefined ? undefined : toTaxInfo(row);
  }

  async locationOf(merchantId: string, tx?: Tx): Promise<SellerLocation | undefined> {
    const [row] = await (tx ?? this.database).query<{
      location_code: string | null;
      location_name: string | null;
      location_address: string | null;
    }>(
      `SELECT location_code, location_name, location_address FROM "MerchantInvoiceProfile"
       WHERE merchant_id = $1 AND deleted_at IS NULL`,
      [merchantId],
    );
    if (row === undefined) return undefined;
    return {
      locationCode: row.location_code,
      locationName: row.location_name,
      locationAddress: row.location_address,
    };
  }

  /** Inserts or overwrites the copy. The caller has decided that the record is newer than what is stored. */
  async save(tx: Tx, info: TaxInfo): Promise<void> {
    await tx.execute(
      `INSERT INTO tax."TaxInfo" AS t (id, principal_type, principal_id, organizer_id, merchant_name, tax_code, full_name,
         address, province_code, ward_code, tax_method, business_type, email, phone, source_lsn, source_ts, data_lsn,
         data_ts, findings, created_at, modified_at)
       VALUES ($1, 'Merchant', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)
       ON CONFLICT (principal_type, principal_id) DO UPDATE SET organizer_id = $3, merchant_name = $4, tax_code = $5,
         full_name = $6, address = $7, province_code = $8, ward_code = $9, tax_method = $10, business_type = $11,
         email = $12, phone = $13, source_lsn = $14, source_ts = $15, data_lsn = $16, data_ts = $17,
         findings = $18, modified_at = $19, deleted_at = NULL`,
      [
        info.id,
        info.merchantId,
        info.organizerId,
        info.merchantName,
        info.taxCode,
        info.fullName,
        info.address,
        info.provinceCode,
        info.wardCode,
        info.taxMethod,
        info.businessType,
        info.email,
        info.phone,
        info.sourceLsn,
        info.sourceTs,
        info.dataLsn,
        info.dataTs,
        JSON.stringify(info.findings),
        info.modifiedAt,
      ],
    );
  }

  /** Notes how far the source was read where its record changed nothing, so that an older one cannot follow. */
  async advance(merchantId: string, lsn: string | null, at: Date | null): Promise<void> {
    await this.database.execute(
      `UPDATE tax."TaxInfo" SET source_lsn = greatest(source_lsn, $2::numeric), source_ts = greatest(source_ts, $3)
       WHERE principal_type = 'Merchant' AND principal_id = $1`,
      [merchantId, lsn, at],
    );
  }

  /** The same of several merchants at once. Gives those whose rows were still as they had been seen; others are left. */
  async advanceAll(advances: readonly Advance[]): Promise<string[]> {
    const rows = await this.database.query<{ principal_id: string }>(
      `UPDATE tax."TaxInfo" t SET source_lsn = greatest(t.source_lsn, w.lsn), source_ts = greatest(t.source_ts, w.ts)
       FROM unnest($1::text[], $2::numeric[], $3::timestamptz[], $4::numeric[], $5::timestamptz[])
         AS w(merchant_id, lsn, ts, seen_lsn, seen_at)
       WHERE t.principal_type = 'Merchant' AND t.principal_id = w.merchant_id AND t.deleted_at IS NULL
         AND t.source_lsn IS NOT DISTINCT FROM w.seen_lsn AND t.modified_at = w.seen_at
       RETURNING t.principal_id`,
      [
        advances.map(({ merchantId }) => merchantId),
        advances.map(({ sourceLsn }) => sourceLsn),
        advances.map(({ sourceTs }) => sourceTs),
        advances.map(({ seenLsn }) => seenLsn),
        advances.map(({ seenAt }) => seenAt),
      ],
    );
    return rows.map(({ principal_id: merchantId }) => merchantId);
  }

  /** Notes that the merchant's series must be registered anew; makes the profile where there is none. */
  async flagRegistration(tx: Tx, merchantId: string, id: string, reason: string, now: Date): Promise<void> {
    await tx.execute(
      `INSERT INTO "MerchantInvoiceProfile" (id, merchant_id, needs_registration, needs_registration_reason, created_at,
         modified_at, created_by, modified_by)
       VALUES ($1, $2, true, $3, $4, $4, 'system', 'system')
       ON CONFLICT (merchant_id) WHERE deleted_at IS NULL
       DO UPDATE SET needs_registration = true, needs_registration_reason = $3, modified_at = $4, modified_by = 'system'`,
      [id, merchantId, reason, now],
    );
  }
}

const toTaxInfo = (row: TaxInfoRow): TaxInfo => ({
  id: row.id,
  merchantId: row.principal_id,
  organizerId: row.organizer_id,
  merchantName: row.merchant_name,
  taxCode: row.tax_code,
  fullName: row.full_name,
  address: row.address,
  provinceCode: row.province_code,
  wardCode: row.ward_code,
  taxMethod: row.tax_method,
  businessType: row.business_type,
  email: row.email,
  phone: row.phone,
  sourceLsn: row.source_lsn,
  sourceTs: row.source_ts,
  dataLsn: row.data_lsn,
  dataTs: row.data_ts,
  findings: row.findings,
  modifiedAt: row.modified_at,
});
