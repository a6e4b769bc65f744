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
});
