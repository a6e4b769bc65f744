import type { InvoiceSeller, TaxMethod } from '@nx/e-invoice';

/** A thing about a merchant's tax data that was kept aside and waits for a correction at its source. */
export interface TaxFinding {
  readonly code: 'INVALID_TAX_CODE' | 'INVALID_TAX_METHOD' | 'INCOMPLETE';
  readonly detail: string;
  /** What the record said. */
  readonly value: string;
}

/** What commerce says about a merchant. Members are null until a valid record brought them. */
export interface TaxInfo {
  readonly id: string;
  readonly merchantId: string;
  readonly organizerId: string | null;
  readonly merchantName: string | null;
  readonly taxCode: string | null;
  readonly fullName: string | null;
  readonly address: string | null;
  readonly provinceCode: string | null;
  readonly wardCode: string | null;
  readonly taxMethod: TaxMethod | null;
  readonly businessType: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  /** Place in the source's log, decimal text. */
  readonly sourceLsn: string | null;
  readonly sourceTs: Date | null;
  /** Place of the data in use while a newer record is kept aside (`findings`), else that of the source; null = not known. */
  readonly dataLsn: string | null;
  readonly dataTs: Date | null;
  readonly findings: readonly TaxFinding[];
  readonly modifiedAt: Date;
}

/** The data that a diff compares, in the spelling of commerce's `metadata.tax`. */
export const TAX_MEMBERS = [
  'taxCode',
  'fullName',
  'address',
  'provinceCode',
  'wardCode',
  'taxMethod',
  'businessType',
  'email',
  'phone',
] as const;
export type TaxMember = (typeof TAX_MEMBERS)[number];

/** A place of business that has a name and a code of its own (Decree 254/2026 Art. 10). */
export interface SellerLocation {
  readonly locationCode: string | null;
  readonly locationName: string | null;
  readonly locationAddress: string | null;
}

export interface SellerData {
  readonly seller: InvoiceSeller;
  readonly taxMethod: TaxMethod;
}

/** The seller as printed; undefined while something that the law wants is missing. */
export function sellerOf(info: TaxInfo | undefined, location: SellerLocation | undefined): SellerData | undefined {
  if (info === undefined) return undefined;
  const { taxCode, fullName, address, taxMethod } = info;
  if (taxCode === null || fullName === null || address === null || taxMethod === null) return undefined;
  return {
    taxMethod,
    seller: {
      taxCode,
      name: fullName,
      address,
      phone: info.phone ?? undefined,
      email: info.email ?? undefined,
      locationCode: location?.locationCode ?? undefined,
      locationName: location?.locationName ?? undefined,
      locationAddress: location?.locationAddress ?? undefined,
    },
  };
}
