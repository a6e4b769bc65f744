import type { IsoDate } from '../vietnam-date';

/** A province or a city of that rank; codes are text, leading zeros count. */
export interface Province {
  readonly code: string;
  /** With its kind: `Tỉnh Cao Bằng`. */
  readonly name: string;
  readonly shortName: string;
  readonly kind: 'PROVINCE' | 'CITY';
}

export interface Commune {
  readonly code: string;
  /** With its kind: `Phường Ba Đình`. */
  readonly name: string;
  readonly provinceCode: string;
}

/** A commune of the three tiers before the reform, and where it went; more than one successor where it was divided. */
export interface FormerCommune {
  /** Undefined where the source does not know it. */
  readonly code?: string;
  readonly name: string;
  readonly district: string;
  readonly province: string;
  readonly successorCodes: readonly string[];
}

export interface AdministrativeUnits {
  /** The first day on which these units exist. */
  readonly validFrom: IsoDate;
  readonly source: string;
  readonly licence: string;
  readonly provinces: readonly Province[];
  readonly communes: readonly Commune[];
}

/**
 * The 34 provinces and 3,321 communes since 2025-07-01 (Resolution 202/2025/QH15), each list ordered by code. Read on
 * the first call only, because half a megabyte of names concerns the seed and nothing else.
 */
export async function loadAdministrativeUnits(): Promise<AdministrativeUnits> {
  const [{ default: provinceFile }, { default: communeFile }] = await Promise.all([
    import('./provinces.json'),
    import('./communes.json'),
  ]);
  const byProvince: Readonly<Record<string, readonly (readonly string[])[]>> = communeFile.communes;
  const { validFrom, source, licence } = provinceFile.about;
  return {
    validFrom,
    source,
    licence,
    provinces: provinceFile.provinces.map((row) => ({ ...row, kind: row.kind === 'CITY' ? 'CITY' : 'PROVINCE' })),
    communes: provinceFile.provinces.flatMap(({ code: provinceCode }) =>
      (byProvince[provinceCode] ?? []).map(([code = '', name = '']) => ({ code, name, provinceCode })),
    ),
  };
}

/** What became of the communes before 2025-07-01, for addresses that still name districts. */
export async function loadFormerCommunes(): Promise<readonly FormerCommune[]> {
  const { default: file } = await import('./former-communes.json');
  const provinces: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>>> =
    file.former;
  return Object.entries(provinces).flatMap(([province, districts]) =>
    Object.entries(districts).flatMap(([district, communes]) =>
      Object.entries(communes).map(([name, [code = '', ...successorCodes]]) => ({
        ...(code === '' ? {} : { code }),
        name,
        district,
        province,
        successorCodes,
      })),
    ),
  );
}
