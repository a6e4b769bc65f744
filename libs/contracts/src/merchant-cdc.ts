/** Debezium's record of commerce's merchant table, after the optional schema wrapper is taken off. */

export interface MerchantTax {
  readonly taxCode?: string;
  readonly fullName?: string;
  readonly address?: string;
  readonly provinceCode?: string;
  readonly wardCode?: string;
  readonly taxMethod?: 'DEDUCTION' | 'DIRECT';
  readonly businessType?: string;
  readonly email?: string;
  readonly phone?: string;
}

export interface MerchantRow {
  readonly id: string;
  readonly organizer_id: string | null;
  readonly name: string;
  readonly status: string;
  /** An object, the JSON text of one, or Debezium's marker of an unchanged large value. */
  readonly metadata: unknown;
  readonly deleted_at: unknown;
  readonly modified_at: unknown;
}

export interface MerchantChange {
  readonly op: 'c' | 'r' | 'u' | 'd' | 't' | 'm';
  readonly before: MerchantRow | null;
  readonly after: MerchantRow | null;
  readonly source?: {
    /** Null for a row that an incremental snapshot has read. */
    readonly lsn?: number | bigint | string | null;
    /** JSON of `[end of the commit before, place of the change]`. */
    readonly sequence?: string | null;
    readonly ts_ms?: number;
  };
  readonly ts_ms?: number;
}

/** Debezium writes this in place of a TOAST value that the update did not touch. */
export const UNAVAILABLE_VALUE = '__debezium_unavailable_value';
