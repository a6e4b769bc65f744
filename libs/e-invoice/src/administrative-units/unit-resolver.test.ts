import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadAdministrativeUnits, loadFormerCommunes } from './administrative-units';
import type { AdministrativeUnits, FormerCommune } from './administrative-units';
import { UnitResolver } from './unit-resolver';
import type { UnitNames, UnitResolution } from './unit-resolver';

let units: AdministrativeUnits;
let former: readonly FormerCommune[];
let resolver: UnitResolver;
beforeAll(async () => {
  units = await loadAdministrativeUnits();
  former = await loadFormerCommunes();
  resolver = new UnitResolver(units, former);
});

/** `26882 Phường An Hội Tây`, several joined by a bar, or what is missing. */
function shown(resolution: UnitResolution): string {
  if (resolution.outcome === 'NOT_FOUND') return resolution.missing;
  const found = resolution.outcome === 'FOUND' ? [resolution.unit] : resolution.candidates;
  return found.map(({ commune, province }) => `${commune.code} ${commune.name}, ${province.shortName}`).join(' | ');
}

const AN_HOI_TAY = '26882 Phường An Hội Tây, Hồ Chí Minh';
const SAI_GON = '26740 Phường Sài Gòn, Hồ Chí Minh';

describe('UnitResolver', () => {
  it.each([
    ['Số 5 Lê Lợi, Phường 12, Quận Gò Vấp, Thành phố Hồ Chí Minh', AN_HOI_TAY],
    ['so 5 le loi, phuong 12, quan go vap, tp ho chi minh', AN_HOI_TAY],
    ['5 Lê Lợi, P.12, Q. Gò Vấp, TP.HCM, Việt Nam', AN_HOI_TAY],
    ['5 Lê Lợi, P12, Gò Vấp, TPHCM, 700000', AN_HOI_TAY],
    ['5 Lê Lợi - Phường 12 - Gò Vấp - HCM', AN_HOI_TAY],
    ['Tòa A; Phường 012; Quận Gò Vấp; Thành phố Hồ Chí Minh 70000', AN_HOI_TAY],
    ['Bến Nghé, Quận 1, TP. HCM', SAI_GON],
    ['Bến Nghé, Q1, TP. HCM', SAI_GON],
    // Of today, without a district.
    ['90 Nguyễn Huệ, Phường Sài Gòn, Thành phố Hồ Chí Minh', SAI_GON],
    ['Phường Ba Đình, Hà Nội', '00004 Phường Ba Đình, Hà Nội'],
    // A former province of its own, and the one that it came to, which people mix.
    ['Phường Phú Cường, Thành phố Thủ Dầu Một, Tỉnh Bình Dương', '25747 Phường Thủ Dầu Một, Hồ Chí Minh'],
    ['Phú Cường, Thủ Dầu Một, Hồ Chí Minh', '25747 Phường Thủ Dầu Một, Hồ Chí Minh'],
    // Districts of islands had no communes.
    ['Huyện Côn Đảo, Tỉnh Bà Rịa - Vũng Tàu', '26732 Đặc khu Côn Đảo, Hồ Chí Minh'],
    ['Huyện Côn Đảo - Tỉnh Bà Rịa - Vũng Tàu', '26732 Đặc khu Côn Đảo, Hồ Chí Minh'],
    ['Khu 3, Huyện Lý Sơn, Quảng Ngãi', '21548 Đặc khu Lý Sơn, Quảng Ngãi'],
    ['Đặc khu Phú Quốc, An Giang', '31078 Đặc khu Phú Quốc, An Giang'],
  ])('%s', (address, expected) => {
    expect(shown(resolver.byText(address))).toBe(expected);
  });

  it.each([
    ['', 'TEXT'],
    [' , ', 'TEXT'],
    ['Việt Nam', 'TEXT'],
    ['a'.repeat(501), 'TEXT'],
    ['Phường 12, Quận Gò Vấp', 'PROVINCE'],
    ['Phường 12, Quận Gò Vấp, Tỉnh Atlantis', 'PROVINCE'],
    ['Hà Nội', 'COMMUNE'],
    ['Phường Không Có, Quận Gò Vấp, TP HCM', 'COMMUNE'],
    ['Phường Không Có, Hà Nội', 'COMMUNE'],
  ])('%j: nothing is known of the %s', (address, what) => {
    expect(shown(resolver.byText(address))).toBe(what);
  });

  it('finds every former commune by its full name, and by its name without accents at least among others', () => {
    const twofold: string[] = [];
    for (const { name, district, province, successorCodes } of former) {
      const exact = codesOf(resolver.byNames({ province, district, commune: name }));
      const expected = [...new Set(successorCodes)].toSorted();
      if (exact.join() !== expected.join()) twofold.push(`${name}, ${district}: ${exact.join()}`);
      expect(successorCodes.filter((code) => !exact.includes(code))).toEqual([]);
    }
    // Divided communes, whose parts the source has under two spellings of one name: both parts are answers.
    expect(twofold).toEqual([
      'Phường Yên Hoà, Quận Cầu Giấy: 00160,00175',
      'Phường Yên Hòa, Quận Cầu Giấy: 00160,00175',
      'Xã Ia RVê, Huyện Ea Súp: 24214,24221',
      'Xã Ia Rvê, Huyện Ea Súp: 24214,24221',
      'Phường 9, Thành phố Tuy Hoà: 22015,22045',
      'Phường 9, Thành phố Tuy Hòa: 22015,22045',
    ]);
    for (const { name, district, province, successorCodes } of former.filter((_, index) => index % 10 === 0)) {
      const plain = codesOf(
        resolver.byNames({ province: bare(province), district: bare(district), commune: bare(name) }),
      );
      expect(successorCodes.filter((code) => !plain.includes(code))).toEqual([]);
    }
  });

  it('finds every former commune by its code', () => {
    const coded = former.filter(({ code }) => code !== undefined);
    expect(coded).toHaveLength(10_034);
    for (const { code = '', successorCodes } of coded) {
      expect(codesOf(resolver.byFormerCode(code))).toEqual([...new Set(successorCodes)].toSorted());
    }
    expect(shown(resolver.byFormerCode('26881'))).toBe(AN_HOI_TAY);
    // Zeros in front count, and codes of today are none of before.
    expect(['4', '99999', '', ' 26881'].map((code) => shown(resolver.byFormerCode(code)))).toEqual(
      Array.from({ length: 4 }, () => 'CODE'),
    );
  });

  it('finds every commune of today by its own name', () => {
    for (const { code, name, provinceCode } of units.communes) {
      const province = units.provinces.find((candidate) => candidate.code === provinceCode)?.name ?? '';
      expect(codesOf(resolver.byNames({ province, commune: name }))).toContain(code);
    }
  });

  it('gives all candidates of a commune that was divided', () => {
    const divided = former.filter(({ successorCodes }) => new Set(successorCodes).size > 1);
    expect(divided).toHaveLength(22);
    for (const { name, district, province } of divided) {
      expect(resolver.byNames({ province, district, commune: name }).outcome).toBe('AMBIGUOUS');
    }
  });

  it.each<[UnitNames, string]>([
    [{ province: 'Hà Nội' }, 'COMMUNE'],
    [{ province: 'x', commune: 'y' }, 'PROVINCE'],
    [{ province: 'Hà Nội', district: 'Quận Gò Vấp', commune: 'Phường 12' }, 'DISTRICT'],
    [{ province: 'Hà Nội', district: 'Quận Ba Đình' }, 'COMMUNE'],
    [{ province: 'Hà Nội', district: 'a'.repeat(501), commune: 'b' }, 'TEXT'],
    [{ province: 'constructor', commune: 'y' }, 'PROVINCE'],
    [{ province: 'Thừa Thiên Huế', district: 'Huyện Phong Điền', commune: 'Xã Không Có' }, 'COMMUNE'],
  ])('%j', (names, what) => {
    expect(shown(resolver.byNames(names))).toBe(what);
  });

  it('tells names apart by accents and kinds where they are written, and offers all where they are not', () => {
    const same = new Map<string, FormerCommune[]>();
    for (const commune of former) {
      const key = bare(`${commune.province}|${commune.district}|${commune.name.replace(/^(Phường|Xã|Thị trấn) /, '')}`);
      same.set(key, [...(same.get(key) ?? []), commune]);
    }
    const pairs = [...same.values()].filter(
      (list) => new Set(list.map(({ successorCodes }) => successorCodes.join())).size > 1,
    );
    expect(pairs.length).toBeGreaterThan(10);
    for (const [first, ...others] of pairs) {
      if (first === undefined) continue;
      const { province, district, name } = first;
      const loose = { province, district, commune: bare(name.replace(/^(Phường|Xã|Thị trấn) /, '')) };
      const expected = [...new Set([first, ...others].flatMap(({ successorCodes }) => successorCodes))].toSorted();
      expect(codesOf(resolver.byNames(loose))).toEqual(expected);
    }
  });

  it('does not mind where in a syllable the tone is written', () => {
    const names = { province: 'Tỉnh Hòa Bình', district: 'Thành phố Hòa Bình', commune: 'Phường Phương Lâm' };
    const other = { province: 'Tỉnh Hoà Bình', district: 'Thành phố Hoà Bình', commune: 'Phường Phương Lâm' };
    expect(resolver.byNames(names)).toEqual(resolver.byNames(other));
    expect(resolver.byNames(names).outcome).toBe('FOUND');
  });

  it('answers any text', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom('Hà Nội', 'Quận 1', 'P. 1', 'Xã', 'TP', 'HCM', 'Việt Nam', '__proto__'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), fc.constantFrom(', ', ' - ', '\n'), (parts, separator) => {
        const resolution = resolver.byText(parts.join(separator));
        expect(['FOUND', 'AMBIGUOUS', 'NOT_FOUND']).toContain(resolution.outcome);
        expect(resolver.byNames({ province: parts[0] ?? '', district: parts[1], commune: parts[2] })).toBeDefined();
      }),
    );
  });
});

function codesOf(resolution: UnitResolution): string[] {
  if (resolution.outcome === 'NOT_FOUND') return [];
  const found = resolution.outcome === 'FOUND' ? [resolution.unit] : resolution.candidates;
  return found.map(({ commune }) => commune.code).toSorted();
}

function bare(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D').toLowerCase();
}
