import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  causeCodeOf,
  CORRECTION_LINKS,
  correctMany,
  LEGAL_ACTIONS,
  legalActions,
  legalDecision,
} from './legal-actions';
import type { LegalOptions, LegalSituation, LegalState, WrongInvoice } from './legal-actions';
import { CAUSE_CODES } from './rules/error-rules';
import type { CorrectionCause } from './rules/error-rules';
import { SERIES_LETTER_RULES } from './rules/series-rules';
import type { SeriesLetter } from './rules/series-rules';

const ISSUED: LegalSituation = { state: 'ISSUED', letter: 'M', hasCqtCode: true, date: '2026-11-20' };
const at = (changes: Partial<LegalSituation>): LegalSituation => ({ ...ISSUED, ...changes });
const allowed = (changes: Partial<LegalSituation>, options?: LegalOptions) =>
  legalActions(at(changes), options)
    .filter((decision) => decision.allowed)
    .map(({ action }) => action)
    .join(' ');
const why = (action: (typeof LEGAL_ACTIONS)[number], changes: Partial<LegalSituation>, options?: LegalOptions) => {
  const decision = legalDecision(action, at(changes), options);
  return decision.allowed ? undefined : decision.reason;
};

describe('an issued invoice', () => {
  const CIRCULAR = 'Thông tư số 91/2026/TT-BTC, Điều 10 khoản';
  it.each<[CorrectionCause, SeriesLetter, string, string]>([
    ['HARMLESS_ERROR', 'T', 'ERROR_NOTICE', '1 điểm a'],
    ['HARMLESS_ERROR', 'M', 'ERROR_NOTICE', '1 điểm a'],
    ['MATERIAL_ERROR', 'T', 'ADJUST REPLACE', '1 điểm b'],
    ['MATERIAL_ERROR', 'X', 'ADJUST REPLACE', '1 điểm b'],
    ['MATERIAL_ERROR', 'M', 'REPLACE', '1 điểm c'],
    ['GOODS_RETURNED', 'T', 'ADJUST', '5 điểm c.1'],
    ['GOODS_RETURNED', 'M', 'ADJUST', '5 điểm c.1'],
    ['REGISTERED_ASSET_RETURNED', 'T', 'REPLACE', '5 điểm c.2'],
    ['REGISTERED_ASSET_RETURNED', 'M', 'REPLACE', '5 điểm c.2'],
    ['SERVICE_ENDED', 'T', 'ADJUST', '5 điểm c.4'],
    ['SERVICE_ENDED', 'M', 'ADJUST', '5 điểm c.4'],
    ['TRADE_DISCOUNT', 'T', 'ADJUST', '5 điểm b'],
    ['TRADE_DISCOUNT', 'M', 'ADJUST', '5 điểm b'],
    ['LATE_BUYER_DATA', 'T', 'REPLACE', '1 điểm b'],
    ['LATE_BUYER_DATA', 'M', 'REPLACE', '1 điểm c'],
  ])('%s in a series %s: %s', (cause, letter, actions, clause) => {
    expect(allowed({ cause, letter })).toBe(actions);
    for (const decision of legalActions(at({ cause, letter }))) {
      if (decision.action !== 'CANCEL') expect(decision.citation).toBe(`${CIRCULAR} ${clause}`);
    }
  });

  it('is never cancelled since 2025-06-01', () => {
    for (const letter of ['T', 'M'] as const) {
      expect(why('CANCEL', { letter })).toBe('an issued invoice is adjusted or replaced');
      expect(why('CANCEL', { letter, date: '2025-06-01' })).toBe('an issued invoice is adjusted or replaced');
      expect(allowed({ letter, date: '2025-05-31' })).toBe('CANCEL');
      expect(why('CANCEL', { letter, date: '2022-06-30' })).toBe('no rule of the table covers 2022-06-30');
    }
    expect(legalDecision('CANCEL', ISSUED).citation).toBe('Thông tư số 91/2026/TT-BTC, Điều 10');
    expect(legalDecision('CANCEL', at({ date: '2026-06-30' })).citation).toContain('70/2025');
  });

  it.each<[CorrectionCause, string, string]>([
    ['MATERIAL_ERROR', 'ADJUST REPLACE', 'khoản 1 điểm b'],
    ['GOODS_RETURNED', 'ADJUST', 'khoản 4 điểm c.1'],
    ['REGISTERED_ASSET_RETURNED', 'REPLACE', 'khoản 4 điểm c.2'],
    ['SERVICE_ENDED', 'ADJUST', 'khoản 4 điểm c.4'],
    ['TRADE_DISCOUNT', 'ADJUST', 'khoản 4 điểm b'],
    ['HARMLESS_ERROR', 'ERROR_NOTICE', 'khoản 1 điểm a'],
    ['LATE_BUYER_DATA', 'REPLACE', 'khoản 1 điểm b'],
  ])('until 2026-06-30 %s meant %s for cash registers too', (cause, actions, clause) => {
    for (const date of ['2025-06-01', '2026-06-30']) {
      expect(allowed({ cause, date })).toBe(actions);
      expect(legalDecision('ADJUST', at({ cause, date })).citation).toBe(
        `Nghị định số 123/2020/NĐ-CP, Điều 19 (sửa đổi bởi Nghị định số 70/2025/NĐ-CP) ${clause}`,
      );
    }
    expect(why('ADJUST', { cause, date: '2025-05-31' })).toBe(`no rule of the table covers ${cause} on 2025-05-31`);
  });

  it('keeps the first method when it is wrong again', () => {
    const cause = 'MATERIAL_ERROR';
    expect(allowed({ cause, letter: 'T', firstMethod: 'ADJUST' })).toBe('ADJUST');
    expect(allowed({ cause, letter: 'T', firstMethod: 'REPLACE' })).toBe('REPLACE');
    expect(allowed({ cause, letter: 'M', firstMethod: 'ADJUST' })).toBe('ADJUST');
    expect(legalDecision('ADJUST', at({ cause, firstMethod: 'ADJUST' })).citation).toBe(`${CIRCULAR} 6 điểm a`);
    expect(why('REPLACE', { cause, firstMethod: 'ADJUST' })).toBe('MATERIAL_ERROR calls for ADJUST');
    expect(allowed({ cause: 'GOODS_RETURNED', firstMethod: 'REPLACE' })).toBe('ADJUST');
  });

  it('takes goods back as the site reads the law, on cash registers only', () => {
    const cause = 'GOODS_RETURNED';
    expect(allowed({ cause }, { cashRegisterReturn: 'REPLACE' })).toBe('REPLACE');
    expect(allowed({ cause }, { cashRegisterReturn: 'ADJUST' })).toBe('ADJUST');
    expect(allowed({ cause, letter: 'T' }, { cashRegisterReturn: 'REPLACE' })).toBe('ADJUST');
    expect(allowed({ cause: 'SERVICE_ENDED' }, { cashRegisterReturn: 'REPLACE' })).toBe('ADJUST');
  });

  it('says what is called for instead', () => {
    expect(why('ADJUST', { cause: 'MATERIAL_ERROR' })).toBe('MATERIAL_ERROR calls for REPLACE');
    expect(why('ERROR_NOTICE', { cause: 'MATERIAL_ERROR', letter: 'T' })).toBe(
      'MATERIAL_ERROR calls for ADJUST or REPLACE',
    );
    expect(why('ADJUST', {})).toBe('nothing is to be corrected');
  });
});

describe('what an allowed action carries', () => {
  it('sends the error notice as message 300, of cash registers as 303', () => {
    const cause = 'HARMLESS_ERROR';
    expect(legalDecision('ERROR_NOTICE', at({ cause, letter: 'T' }))).toEqual({
      action: 'ERROR_NOTICE',
      allowed: true,
      citation: 'Thông tư số 91/2026/TT-BTC, Điều 10 khoản 1 điểm a',
      consent: 'NOTICE',
      message: '300',
    });
    expect(legalDecision('ERROR_NOTICE', at({ cause }))).toMatchObject({ message: '303' });
    expect(legalDecision('ADJUST', at({ cause: 'GOODS_RETURNED' }))).not.toHaveProperty('message');
  });

  it.each([
    ['COMPANY', false, 'WRITTEN_AGREEMENT'],
    ['PERSON', false, 'NOTICE'],
    ['CONSUMER', false, 'NOTICE'],
    [undefined, false, 'NOTICE'],
    ['COMPANY', true, 'NONE'],
    ['PERSON', true, 'NONE'],
  ] as const)('a %s (on a platform: %s) wants %s', (buyerKind, onPlatform, consent) => {
    expect(legalDecision('REPLACE', at({ cause: 'MATERIAL_ERROR', buyerKind, onPlatform }))).toMatchObject({ consent });
    expect(legalDecision('CANCEL', at({ date: '2025-05-31', buyerKind, onPlatform }))).toMatchObject({ consent });
  });

  it.each([
    ['TRADE_DISCOUNT', 'T', '04'],
    ['GOODS_RETURNED', 'M', '05'],
    ['REGISTERED_ASSET_RETURNED', 'T', '06'],
    ['SERVICE_ENDED', 'M', '08'],
    ['MATERIAL_ERROR', 'T', '13'],
    ['MATERIAL_ERROR', 'M', '14'],
    ['HARMLESS_ERROR', 'T', undefined],
    ['LATE_BUYER_DATA', 'M', undefined],
  ] as const)('%s in a series %s has the cause code %s', (cause, letter, code) => {
    expect(causeCodeOf(cause, letter, '2026-07-01')).toBe(code);
    expect(causeCodeOf(cause, letter, '2026-06-30')).toBeUndefined();
    const carried = legalActions(at({ cause, letter })).flatMap((decision) =>
      decision.allowed ? [decision.causeCode] : [],
    );
    expect(new Set(carried)).toEqual(new Set([code]));
  });

  it('knows six of the fourteen codes', () => {
    expect(CAUSE_CODES.map(({ code }) => code)).toEqual(['04', '05', '06', '08', '13', '14']);
  });
});

describe('the other states', () => {
  it.each<[LegalState, Partial<LegalSituation>, string, string | undefined, string | undefined]>([
    ['DRAFT', {}, 'CANCEL', undefined, 'it is not issued; change or cancel it'],
    ['QUEUED', {}, 'CANCEL', undefined, 'it is not issued; change or cancel it'],
    ['UNKNOWN', {}, '', 'it may have been issued; look it up first', 'it may have been issued; look it up first'],
    ['AWAITING_CODE', {}, '', "the authority's answer is still to come", "it is not valid before the authority's code"],
    ['REPLACED', {}, '', 'it was replaced already', 'it was replaced; correct the replacement'],
    ['CANCELLED', {}, '', 'it is cancelled already', 'it is cancelled'],
    ['REFUSED', { letter: 'T' }, 'CANCEL', undefined, 'the authority gave it no code; issue a new one'],
    ['REFUSED', { letter: 'M' }, 'REPLACE', 'an issued invoice is adjusted or replaced', undefined],
    [
      'REFUSED',
      { letter: 'T', hasCqtCode: false },
      'ADJUST REPLACE',
      'an issued invoice is adjusted or replaced',
      undefined,
    ],
  ])('%s %j allows %j', (state, changes, actions, cancel, replace) => {
    const situation = { state, cause: 'MATERIAL_ERROR', ...changes } as const;
    expect(allowed(situation)).toBe(actions);
    expect(why('CANCEL', situation)).toBe(cancel);
    expect(why('REPLACE', situation)).toBe(replace);
  });

  it('cites nothing where nothing issued is touched', () => {
    expect(legalDecision('CANCEL', at({ state: 'DRAFT' }))).toEqual({
      action: 'CANCEL',
      allowed: true,
      citation: null,
      consent: 'NONE',
    });
    expect(legalDecision('CANCEL', at({ state: 'REFUSED', letter: 'T' }))).toMatchObject({
      citation: null,
      consent: 'NONE',
    });
    expect(legalDecision('ADJUST', at({ state: 'UNKNOWN' })).citation).toBeNull();
  });

  it('links an adjustment to an invoice that lives on, and a replacement to one that does not', () => {
    expect(CORRECTION_LINKS).toEqual({
      ADJUST: { link: 'ADJUSTS', inverse: 'ADJUSTED', stateOfOriginal: 'ISSUED' },
      REPLACE: { link: 'REPLACES', inverse: 'REPLACED', stateOfOriginal: 'REPLACED' },
    });
  });
});

describe('any situation', () => {
  it('gets one decision for each action, and a reason or a citation with it', () => {
    const situations = fc.record({
      state: fc.constantFrom<LegalState>(
        'DRAFT',
        'QUEUED',
        'UNKNOWN',
        'AWAITING_CODE',
        'ISSUED',
        'REFUSED',
        'REPLACED',
        'CANCELLED',
      ),
      letter: fc.constantFrom(...SERIES_LETTER_RULES.map(({ letter }) => letter)),
      hasCqtCode: fc.boolean(),
      date: fc.constantFrom('2021-01-01', '2025-05-31', '2025-06-01', '2026-06-30', '2026-07-01', '2030-01-01'),
      cause: fc.constantFrom(
        'HARMLESS_ERROR',
        'MATERIAL_ERROR',
        'GOODS_RETURNED',
        'REGISTERED_ASSET_RETURNED',
        'SERVICE_ENDED',
        'TRADE_DISCOUNT',
        'LATE_BUYER_DATA',
        undefined,
      ),
      firstMethod: fc.constantFrom('ADJUST', 'REPLACE', undefined),
    }) as fc.Arbitrary<LegalSituation>;
    fc.assert(
      fc.property(situations, (situation) => {
        const decisions = legalActions(situation);
        expect(decisions.map(({ action }) => action)).toEqual(LEGAL_ACTIONS);
        for (const decision of decisions) {
          expect(legalDecision(decision.action, situation)).toEqual(decision);
          if (!decision.allowed) expect(decision.reason).not.toBe('');
          else if (situation.state === 'ISSUED') expect(decision.citation).toMatch(/^(Nghị định|Thông tư) số/);
        }
      }),
    );
  });
});

describe('many wrong invoices', () => {
  const wrong: WrongInvoice = {
    buyerTaxCode: '0100109106',
    date: '2026-11-03',
    cause: 'MATERIAL_ERROR',
    hasCqtCode: true,
  };
  const decide = (...changes: Partial<WrongInvoice>[]) =>
    correctMany(
      changes.map((change) => ({ ...wrong, ...change })),
      '2026-11-20',
    );

  it('of one buyer, month and error are corrected by one with a list', () => {
    expect(decide({}, { date: '2026-11-30' })).toEqual({
      allowed: true,
      form: '01/BK-ĐCTT',
      message: '208',
      citation: 'Thông tư số 91/2026/TT-BTC, Điều 10 khoản 1 điểm b',
    });
    expect(decide({ hasCqtCode: false }, { hasCqtCode: false })).toMatchObject({ allowed: true, message: '210' });
    expect(correctMany([wrong, wrong], '2026-06-30')).toMatchObject({ allowed: true });
  });

  it.each<[Partial<WrongInvoice>[], string]>([
    [[], 'a list is for two invoices or more'],
    [[{}], 'a list is for two invoices or more'],
    [[{}, { buyerTaxCode: '0104359717' }], 'they have different buyers'],
    [[{}, { date: '2026-10-31' }], 'they are of different months'],
    [[{}, { date: '2025-11-03' }], 'they are of different months'],
    [[{}, { cause: 'TRADE_DISCOUNT' }], 'they have different errors'],
    [[{}, {}, { hasCqtCode: false }], 'coded and uncoded series are corrected by different messages'],
  ])('%j: %s', (changes, reason) => {
    expect(decide(...changes)).toMatchObject({ allowed: false, reason });
  });

  it('has no rule before 2025-06-01', () => {
    expect(correctMany([wrong, wrong], '2025-05-31')).toEqual({
      allowed: false,
      citation: null,
      reason: 'no rule of the table covers 2025-05-31',
    });
  });
});
