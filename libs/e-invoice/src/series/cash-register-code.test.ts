import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CashRegisterCodeError,
  formatCashRegisterCode,
  MAX_CASH_REGISTER_SEQUENCE,
  nextCashRegisterCode,
  parseCashRegisterCode,
} from './cash-register-code';
import type { CashRegisterCode, CashRegisterCounter, CounterReset } from './cash-register-code';
import type { InvoiceForm } from '../invoice';

const codes: fc.Arbitrary<CashRegisterCode> = fc.record({
  form: fc.integer({ min: 1, max: 9 }).map((form) => form as InvoiceForm),
  year: fc.integer({ min: 2000, max: 2099 }),
  grant: fc.stringMatching(/^[A-Z0-9]{5}$/),
  sequence: fc.integer({ min: 1, max: MAX_CASH_REGISTER_SEQUENCE }),
});

function refusalOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof CashRegisterCodeError) return `${error.field}: ${error.reason}`;
    throw error;
  }
  return undefined;
}

describe('cash-register codes', () => {
  it.each([
    ['M1-25-7FGBT-00000000315', { form: 1, year: 2025, grant: '7FGBT', sequence: 315 }],
    ['M1-25-MNZLR-00000001968', { form: 1, year: 2025, grant: 'MNZLR', sequence: 1_968 }],
  ] as const)('%s', (text, code) => {
    expect(parseCashRegisterCode(text)).toEqual(code);
    expect(formatCashRegisterCode(code)).toBe(text);
    expect(text).toHaveLength(23);
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(codes, (code) => {
        expect(parseCashRegisterCode(formatCashRegisterCode(code))).toEqual(code);
      }),
    );
  });

  it.each([
    '',
    'M0-25-7FGBT-00000000315',
    'm1-25-7FGBT-00000000315',
    'M1-25-7fgbt-00000000315',
    'M1-25-7FGB-00000000315',
    'M1-2025-7FGBT-00000000315',
    'M1-25-7FGBT-0000000315',
    'M1-25-7FGBT-00000000315 ',
    'M1-25-7FGBT-00000000315\n',
    'M125-7FGBT-00000000315',
  ])('%j is none', (text) => {
    expect(refusalOf(() => parseCashRegisterCode(text))).toBe('code: must look like M1-25-7FGBT-00000000315');
  });

  it('answers any text with a code or its own error', () => {
    fc.assert(fc.property(fc.string(), (text) => void refusalOf(() => parseCashRegisterCode(text))));
    expect(refusalOf(() => parseCashRegisterCode('M1-25-7FGBT-00000000000'))).toBe(
      'sequence: must be 1 to 99999999999',
    );
  });

  it.each<[Partial<Record<keyof CashRegisterCode, unknown>>, string]>([
    [{ form: 0 }, 'form: must be 1 to 9'],
    [{ form: 10 }, 'form: must be 1 to 9'],
    [{ form: 1.5 }, 'form: must be 1 to 9'],
    [{ year: 1999 }, 'year: must be 2000 to 2099'],
    [{ year: 2100 }, 'year: must be 2000 to 2099'],
    [{ year: 25 }, 'year: must be 2000 to 2099'],
    [{ grant: 'abcde' }, 'grant: must be five of A–Z and 0–9'],
    [{ grant: 'ABCDEF' }, 'grant: must be five of A–Z and 0–9'],
    [{ sequence: 0 }, 'sequence: must be 1 to 99999999999'],
    [{ sequence: 0.5 }, 'sequence: must be 1 to 99999999999'],
    [{ sequence: MAX_CASH_REGISTER_SEQUENCE + 1 }, 'sequence: must be 1 to 99999999999'],
  ])('%j is refused', (changes, refusal) => {
    const code = { form: 1, year: 2026, grant: '7FGBT', sequence: 1, ...changes } as CashRegisterCode;
    expect(refusalOf(() => formatCashRegisterCode(code))).toBe(refusal);
  });
});

describe('the counter', () => {
  const start: CashRegisterCounter = { taxCode: '0104359717', grant: '7FGBT', year: 2026, last: 1_967 };
  const next = { form: 1, year: 2026, grant: '7FGBT' } as const;

  it('goes on by one, whatever the form', () => {
    expect(nextCashRegisterCode(start, next)).toEqual({
      code: 'M1-26-7FGBT-00000001968',
      counter: { ...start, last: 1_968 },
    });
    expect(nextCashRegisterCode(start, { ...next, form: 2 }).code).toBe('M2-26-7FGBT-00000001968');
    expect(nextCashRegisterCode({ ...start, last: 0 }, next).counter.last).toBe(1);
  });

  it.each<[string, { year?: number; grant?: string }, CounterReset | undefined, string]>([
    ['a new year', { year: 2027 }, undefined, 'M1-27-7FGBT-00000000001'],
    ['a new grant', { grant: 'MNZLR' }, undefined, 'M1-26-MNZLR-00000000001'],
    ['a new year without reset', { year: 2027 }, { onNewYear: false, onNewGrant: true }, 'M1-27-7FGBT-00000001968'],
    [
      'a new grant without reset',
      { grant: 'MNZLR' },
      { onNewYear: true, onNewGrant: false },
      'M1-26-MNZLR-00000001968',
    ],
    [
      'both, the year resets',
      { year: 2027, grant: 'MNZLR' },
      { onNewYear: true, onNewGrant: false },
      'M1-27-MNZLR-00000000001',
    ],
    [
      'both, none resets',
      { year: 2027, grant: 'MNZLR' },
      { onNewYear: false, onNewGrant: false },
      'M1-27-MNZLR-00000001968',
    ],
  ])('%s', (_why, changes, reset, code) => {
    const step = nextCashRegisterCode(start, { ...next, ...changes }, reset);
    expect(step.code).toBe(code);
    const parsed = parseCashRegisterCode(code);
    const { grant, year, sequence: last } = parsed;
    expect(step.counter).toEqual({ taxCode: start.taxCode, grant, year, last });
  });

  it.each<[string, Partial<CashRegisterCounter>, object, string]>([
    ['an earlier year', {}, { year: 2025 }, "year: 2025 lies before the counter's 2026"],
    ['a full counter', { last: MAX_CASH_REGISTER_SEQUENCE }, {}, 'sequence: must be 1 to 99999999999'],
    ['a negative counter', { last: -1 }, {}, 'sequence: -1 is no last sequence'],
    ['half a step', { last: 0.5 }, {}, 'sequence: 0.5 is no last sequence'],
    ['a counter of nobody', { taxCode: '' }, {}, 'taxCode: is required'],
    ['a wrong grant', {}, { grant: 'x' }, 'grant: must be five of A–Z and 0–9'],
  ])('refuses %s', (_why, counter, changes, refusal) => {
    expect(refusalOf(() => nextCashRegisterCode({ ...start, ...counter }, { ...next, ...changes }))).toBe(refusal);
  });

  it('leaves no gap and repeats no code over any run', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ form: fc.constantFrom(1, 2) as fc.Arbitrary<InvoiceForm>, newYear: fc.boolean() }), {
          maxLength: 30,
        }),
        (steps) => {
          let counter: CashRegisterCounter = { ...start, last: 0 };
          const seen = new Set<string>();
          const perYear = new Map<number, number[]>();
          for (const { form, newYear } of steps) {
            const year = counter.year + (newYear && counter.year < 2099 ? 1 : 0);
            const step = nextCashRegisterCode(counter, { ...next, form, year });
            counter = step.counter;
            seen.add(step.code);
            perYear.set(year, [...(perYear.get(year) ?? []), parseCashRegisterCode(step.code).sequence]);
          }
          expect(seen.size).toBe(steps.length);
          for (const sequences of perYear.values()) expect(sequences).toEqual(sequences.map((_, index) => index + 1));
        },
      ),
    );
  });
});
