import type { AdministrativeUnits, Commune, FormerCommune, Province } from './administrative-units';
import { COMMUNE_KINDS, DISTRICT_KINDS, parseName, PROVINCE_KINDS } from './vietnamese-name';
import type { ParsedName } from './vietnamese-name';

/** A commune of today with its province. */
export interface CurrentUnit {
  readonly commune: Commune;
  readonly province: Province;
}

export interface CurrentEntry {
  readonly unit: CurrentUnit;
  readonly name: ParsedName;
}

export interface FormerEntry {
  /** Null for a district of islands that had no communes and is a special zone now. */
  readonly name: ParsedName | null;
  readonly district: ParsedName;
  readonly province: ParsedName;
  readonly successors: readonly CurrentUnit[];
}

export interface UnitIndex {
  /** Names under which somebody may write each province of today or of before, with what lies in it. */
  readonly provinces: readonly {
    readonly name: ParsedName;
    readonly current: readonly CurrentEntry[];
    readonly former: readonly FormerEntry[];
  }[];
  readonly byFormerCode: ReadonlyMap<string, readonly CurrentUnit[]>;
}

/** Island districts without communes, by the province they belonged to. Each became the special zone of its name. */
const ISLAND_DISTRICTS: readonly (readonly [district: string, province: string])[] = [
  ['Huyện Bạch Long Vĩ', 'Thành phố Hải Phòng'],
  ['Huyện Côn Đảo', 'Tỉnh Bà Rịa - Vũng Tàu'],
  ['Huyện Cồn Cỏ', 'Tỉnh Quảng Trị'],
  ['Huyện Hoàng Sa', 'Thành phố Đà Nẵng'],
  ['Huyện Lý Sơn', 'Tỉnh Quảng Ngãi'],
];

/** Prepares names for comparing, once for all questions. */
export function indexUnits(units: AdministrativeUnits, former: readonly FormerCommune[]): UnitIndex {
  const provinceByCode = new Map(units.provinces.map((province) => [province.code, province]));
  const current = units.communes.flatMap((commune): CurrentEntry[] => {
    const province = provinceByCode.get(commune.provinceCode);
    return province === undefined
      ? []
      : [{ unit: { commune, province }, name: parseName(commune.name, COMMUNE_KINDS) }];
  });
  const unitByCode = new Map(current.map(({ unit }) => [unit.commune.code, unit]));
  const formerEntries = [
    ...former.map((commune): FormerEntry => ({
      name: parseName(commune.name, COMMUNE_KINDS),
      district: parseName(commune.district, DISTRICT_KINDS),
      province: parseName(commune.province, PROVINCE_KINDS),
      successors: commune.successorCodes.flatMap((code) => unitByCode.get(code) ?? []),
    })),
    ...islands(current),
  ];
  const byFormerCode = former.flatMap(({ code, successorCodes }) =>
    code === undefined ? [] : [[code, successorCodes.flatMap((successor) => unitByCode.get(successor) ?? [])] as const],
  );
  return { provinces: provincesOf(units, current, formerEntries), byFormerCode: new Map(byFormerCode) };
}

function islands(current: readonly CurrentEntry[]): FormerEntry[] {
  return ISLAND_DISTRICTS.map(([district, province]) => {
    const name = parseName(district, DISTRICT_KINDS);
    const zones = current.filter((entry) => entry.name.kind === 'dac khu' && entry.name.plain === name.plain);
    return {
      name: null,
      district: name,
      province: parseName(province, PROVINCE_KINDS),
      successors: zones.map(({ unit }) => unit),
    };
  });
}

/** A former commune lies in its province of then, and under the name of the one it came to, as people mix them. */
function provincesOf(
  units: AdministrativeUnits,
  current: readonly CurrentEntry[],
  former: readonly FormerEntry[],
): UnitIndex['provinces'] {
  const found = new Map<string, { name: ParsedName; current: CurrentEntry[]; former: FormerEntry[] }>();
  const at = (name: ParsedName) => {
    const known = found.get(name.plain) ?? { name, current: [], former: [] };
    found.set(name.plain, known);
    return known;
  };
  const nameOf = new Map(units.provinces.map(({ code, name }) => [code, parseName(name, PROVINCE_KINDS)]));
  const ofUnit = ({ province }: CurrentUnit) => nameOf.get(province.code) ?? parseName(province.name, PROVINCE_KINDS);
  for (const entry of current) at(ofUnit(entry.unit)).current.push(entry);
  for (const entry of former) {
    for (const place of new Set([at(entry.province), ...entry.successors.map((unit) => at(ofUnit(unit)))])) {
      place.former.push(entry);
    }
  }
  return [...found.values()];
}
