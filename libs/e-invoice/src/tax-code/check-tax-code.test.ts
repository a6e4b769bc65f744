import { describe, expect, it } from 'vitest';
import vectors from '../../../../test/vectors/tax-code.json';
import { checkTaxCode } from './check-tax-code';

describe('checkTaxCode', () => {
  it.each(vectors.valid)('%s is valid and stays as it is', (code) => {
    expect(checkTaxCode(code)).toMatchObject({ valid: true, normalized: code });
  });

  it.each([...vectors.invalid, '', '100109106', '0314409058-000', '0100109106-0001', '01001091O6'])(
    '%s is not',
    (code) => {
      expect(checkTaxCode(code).valid).toBe(false);
    },
  );

  it.each([
    ['0100109106', 'ENTERPRISE', '0100109106'],
    ['0314409058002', 'BRANCH', '0314409058-002'],
    [' 0312687878-001 ', 'BRANCH', '0312687878-001'],
    ['001 099 012 345', 'PERSONAL', '001099012345'],
  ])('%s is of kind %s, written %s', (text, kind, normalized) => {
    expect(checkTaxCode(text)).toEqual({ valid: true, kind, normalized });
  });

  it('every other last digit of a good code is refused', () => {
    const good = '0100109106';
    const passing = [...'0123456789'].filter((digit) => checkTaxCode(good.slice(0, 9) + digit).valid);
    expect(passing).toEqual(['6']);
  });

  it('warns where the check digit is not defined', () => {
    // 31·1 + 3·8 = 55, a multiple of 11.
    expect(checkTaxCode('1000000080')).toMatchObject({ valid: true, warning: expect.stringContaining('confirm') });
    expect(checkTaxCode('1000000081').valid).toBe(false);
  });

  it('warns of a personal number of no known province', () => {
    expect(checkTaxCode('097099012345')).toMatchObject({ valid: true, warning: expect.any(String) });
  });
});
