import { describe, expect, it } from 'vitest';
import { parseSymbol } from './symbol';

describe('parseSymbol', () => {
  it.each([
    ['C26MYY', { symbol: 'C26MYY', hasCqtCode: true, year: 2026, letter: 'M', cashRegister: true, suffix: 'YY' }],
    [
      '1C25MAA',
      { form: 1, symbol: 'C25MAA', hasCqtCode: true, year: 2025, letter: 'M', cashRegister: true, suffix: 'AA' },
    ],
    [
      '7K26XAB',
      { form: 7, symbol: 'K26XAB', hasCqtCode: false, year: 2026, letter: 'X', cashRegister: false, suffix: 'AB' },
    ],
  ])('%s', (text, parsed) => {
    expect(parseSymbol(text)).toEqual(parsed);
  });

  it.each(['', 'C26MY', 'C26ZYY', 'X26MYY', '0C26MYY', 'c26myy', 'C26MYY ', 'C26M12', '11C26MYY'])(
    '%j is none',
    (text) => {
      expect(parseSymbol(text)).toBeUndefined();
    },
  );
});
