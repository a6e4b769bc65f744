import type { AdministrativeUnits, FormerCommune } from './administrative-units';
import { indexUnits } from './unit-index';
import type { CurrentUnit, FormerEntry, UnitIndex } from './unit-index';
import { closest, COMMUNE_KINDS, DISTRICT_KINDS, parseName, PROVINCE_KINDS, sameName } from './vietnamese-name';
import type { ParsedName } from './vietnamese-name';

/**
 * `FOUND` one commune of today. `AMBIGUOUS` several: the old one was divided, or the name stands for more than one; a
 * person has to choose. `NOT_FOUND` with the first part that nothing is known about.
 */
export type UnitResolution =
  | { readonly outcome: 'FOUND'; readonly unit: CurrentUnit }
  | { readonly outcome: 'AMBIGUOUS'; readonly candidates: readonly CurrentUnit[] }
  | { readonly outcome: 'NOT_FOUND'; readonly missing: 'PROVINCE' | 'DISTRICT' | 'COMMUNE' | 'CODE' | 'TEXT' };

/** An address of before July 2025, or of after it without a district. */
export interface UnitNames {
  readonly province: string;
  readonly district?: string | undefined;
  /** Only a district of islands had none. */
  readonly commune?: string | undefined;
}

type Place = UnitIndex['provinces'][number];

/** Short names that people write and no list has. */
const PROVINCE_ALIASES: Readonly<Record<string, string>> = {
  hcm: 'ho chi minh',
  tphcm: 'ho chi minh',
  hn: 'ha noi',
  'thua thien hue': 'hue',
  brvt: 'ba ria vung tau',
};
const MAX_TEXT = 500;
const MAX_PARTS = 20;
const COUNTRY = /^(viet nam|vietnam|vn)$/;

/**
 * Finds the commune of today for an address that may still name districts. Accents, case, punctuation and short forms
 * (`P.`, `Q.1`, `TP.HCM`) do not matter; where accents or kinds tell two names apart, they count. Pure; make one and keep
 * it: preparing the names takes tens of milliseconds, an answer less than one.
 */
export class UnitResolver {
  private readonly index: UnitIndex;

  constructor(units: AdministrativeUnits, former: readonly FormerCommune[]) {
    this.index = indexUnits(units, former);
  }

  /** By the five digits, leading zeros included, that a commune had before July 2025. */
  byFormerCode(code: string): UnitResolution {
    const units = this.index.byFormerCode.get(code);
    return units === undefined ? { outcome: 'NOT_FOUND', missing: 'CODE' } : resolved(units);
  }

  byNames({ province, district, commune }: UnitNames): UnitResolution {
    if ([province, district, commune].some((name) => (name?.length ?? 0) > MAX_TEXT)) return missing('TEXT');
    const place = this.place(province);
    if (place === undefined) return missing('PROVINCE');
    if (district === undefined) return commune === undefined ? missing('COMMUNE') : withoutDistrict(place, commune);
    const inDistrict = districtOf(place, district);
    return inDistrict.length === 0 ? missing('DISTRICT') : inCommune(inDistrict, commune);
  }

  /** Reads an address from its end: province, then a district where one is named, then the commune. */
  byText(address: string): UnitResolution {
    if (address.length > MAX_TEXT) return missing('TEXT');
    const parts = partsOf(address);
    const last = parts.at(-1);
    if (last === undefined) return missing('TEXT');
    // A name with a dash in it was taken apart where dashes separate the parts.
    const joined = parts.slice(-2).join(' ');
    const place = this.place(last);
    if (place !== undefined) return within(place, parts.slice(0, -1));
    const joinedPlace = this.place(joined);
    return joinedPlace === undefined ? missing('PROVINCE') : within(joinedPlace, parts.slice(0, -2));
  }

  private place(name: string): Place | undefined {
    const parsed = parseName(name, PROVINCE_KINDS);
    const plain = PROVINCE_ALIASES[parsed.plain] ?? parsed.plain;
    const written = { ...parsed, plain };
    return this.index.provinces.find((candidate) => sameName(written, candidate.name));
  }
}

/** What stands before the province. The part next to it is a district, or a commune without one. */
function within(place: Place, parts: readonly string[]): UnitResolution {
  const next = parts.at(-1);
  if (next === undefined) return missing('COMMUNE');
  const inDistrict = districtOf(place, next);
  const before = parts.slice(0, -1);
  const inside = before.toReversed().find((part) => communesOf(inDistrict, part).length > 0);
  if (inside !== undefined) return inCommune(inDistrict, inside);
  const direct = parts.toReversed().map((part) => withoutDistrict(place, part));
  const found = direct.find(({ outcome }) => outcome !== 'NOT_FOUND');
  if (found !== undefined) return found;
  return inDistrict.length > 0 ? inCommune(inDistrict, before.at(-1)) : missing('COMMUNE');
}

function districtOf(place: Place, name: string): readonly FormerEntry[] {
  const written = parseName(name, DISTRICT_KINDS);
  const matches = place.former.filter(({ district }) => sameName(written, district));
  return closest(matches, written, ({ district }) => district);
}

function communesOf(entries: readonly FormerEntry[], name: string): readonly FormerEntry[] {
  const written = parseName(name, COMMUNE_KINDS);
  const matches = entries.filter((entry) => entry.name !== null && sameName(written, entry.name));
  return closest(matches, written, (entry) => entry.name ?? written);
}

function inCommune(entries: readonly FormerEntry[], name: string | undefined): UnitResolution {
  const whole = entries.filter((entry) => entry.name === null);
  const matches = whole.length > 0 || name === undefined ? whole : communesOf(entries, name);
  return resolved(matches.flatMap(({ successors }) => successors));
}

/** Without a district a name may be one of today or one of before; where both exist, both are answers. */
function withoutDistrict(place: Place, name: string): UnitResolution {
  const written: ParsedName = parseName(name, COMMUNE_KINDS);
  const today = place.current
    .filter((entry) => sameName(written, entry.name))
    .map((entry) => ({
      name: entry.name,
      units: [entry.unit],
    }));
  const before = place.former.flatMap((entry) =>
    entry.name !== null && sameName(written, entry.name) ? [{ name: entry.name, units: entry.successors }] : [],
  );
  const matches = closest([...today, ...before], written, (match) => match.name);
  return resolved(matches.flatMap(({ units }) => units));
}

function resolved(units: readonly CurrentUnit[]): UnitResolution {
  const candidates = [...new Map(units.map((unit) => [unit.commune.code, unit])).values()];
  const [unit, ...others] = candidates;
  if (unit === undefined) return missing('COMMUNE');
  return others.length === 0 ? { outcome: 'FOUND', unit } : { outcome: 'AMBIGUOUS', candidates };
}

function missing(what: 'PROVINCE' | 'DISTRICT' | 'COMMUNE' | 'TEXT'): UnitResolution {
  return { outcome: 'NOT_FOUND', missing: what };
}

/** Parts between commas, or between dashes where there are no commas; without the country and post codes. */
function partsOf(address: string): string[] {
  const byComma = address.split(/[,;\n]/);
  const parts = byComma.length > 1 ? byComma : address.split(/\s[-–]\s/);
  const kept = parts.slice(-MAX_PARTS).map((part) => part.replace(/\s\d{5,6}\s*$/, '').trim());
  while (kept.length > 0 && isNoUnit(kept.at(-1) ?? '')) kept.pop();
  return kept;
}

function isNoUnit(part: string): boolean {
  return part === '' || /^\d{5,6}$/.test(part) || COUNTRY.test(parseName(part, {}).plain);
}
