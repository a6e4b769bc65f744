import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TvanMessage } from './message';
import {
  answer,
  check204,
  CODE,
  CODED_HDON,
  ERROR_999,
  HDON,
  INVALID_LIST,
  OK_999,
  OTHERS,
  OURS,
  sent,
  theirs,
} from './messages.fixture';
import { answeredId, trackMessages } from './track-messages';
import { authorityCodes, refusalReasons, verdictOf } from './verdict';

const declared = (THop: string) => answer('102', { TBao: { DLTBao: { THop } } });
const accepted = (TTXNCQT: '1' | '2') => answer('103', { TBao: { DLTBao: { TTXNCQT } } });
const noticed = (...results: ('1' | '2' | undefined)[]) =>
  answer('301', {
    TBao: { DLTBao: { DSHDon: { HDon: results.map((TTTNCCQT) => (TTTNCCQT === undefined ? {} : { TTTNCCQT })) } } },
  });
const delegated = (inner: string) =>
  answer('104', { TBao: { DLTBao: { others: [`<DSTTUNhiem>${inner}</DSTTUNhiem>`] } } });

describe('verdictOf', () => {
  const cases: [string, TvanMessage, string][] = [
    ['999 ok', answer('999', OK_999), 'RECEIVED'],
    ['999 error', answer('999', ERROR_999), 'TECHNICAL_ERROR'],
    ['102 received', declared('1'), 'RECEIVED'],
    ['102 not received', declared('2'), 'REFUSED'],
    ['102 change received', declared('3'), 'RECEIVED'],
    ['102 change not received', declared('4'), 'REFUSED'],
    ['102 of another case', declared('5'), 'UNDECIDED'],
    ['103 accepted', accepted('1'), 'ACCEPTED'],
    ['103 refused', accepted('2'), 'REFUSED'],
    ['104 accepted', answer('104', { TBao: { DLTBao: { TTXNCQT: '1' } } }), 'ACCEPTED'],
    ['104 with reasons', delegated('<LDo><MLoi>1</MLoi></LDo>'), 'REFUSED'],
    ['104 without result', delegated('<X/>'), 'UNDECIDED'],
    ['202 with a code', answer('202', { HDon: [CODED_HDON] }), 'CODED'],
    ['202 without one', answer('202', { HDon: [HDON] }), 'UNDECIDED'],
    ['204 not eligible', answer('204', check204('1')), 'REFUSED'],
    ['204 valid', answer('204', check204('2')), 'ACCEPTED'],
    ['204 invalid invoices', answer('204', check204('3')), 'REFUSED'],
    ['204 other', answer('204', check204('9')), 'REFUSED'],
    ['204 of another kind', answer('204', check204('4')), 'UNDECIDED'],
    ['301 received', noticed('1', '1'), 'ACCEPTED'],
    ['301 one of two refused', noticed('1', '2'), 'REFUSED'],
    ['301 one of two without result', noticed('1', undefined), 'UNDECIDED'],
    ['301 without results', noticed(), 'UNDECIDED'],
    ['302', answer('302', { TBao: { others: ['<X/>'] } }), 'UNDECIDED'],
    ['200', sent('200', { HDon: [HDON] }), 'UNDECIDED'],
  ];
  it.each(cases)('%s', (_, message, expected) => {
    expect(verdictOf(message)).toBe(expected);
  });

  it('can be corrected by an installation', () => {
    const codes = { declaration: { '5': 'REFUSED' as const }, check: { '4': 'ACCEPTED' as const } };
    expect(verdictOf(declared('5'), codes)).toBe('REFUSED');
    expect(verdictOf(declared('1'), codes)).toBe('UNDECIDED');
    expect(verdictOf(answer('204', check204('4')), codes)).toBe('ACCEPTED');
  });
});

describe('what answers say', () => {
  it('gives codes with the invoice they belong to', () => {
    expect(authorityCodes(answer('202', { HDon: [CODED_HDON, HDON] }))).toEqual([
      { form: '1', series: 'C26TYY', number: '61', code: CODE },
    ]);
    expect(authorityCodes(answer('999', OK_999))).toEqual([]);
  });

  it('gives every reason with the invoice beside which it stands', () => {
    expect(refusalReasons(answer('204', check204('3', { LHDKMa: INVALID_LIST })))).toEqual([
      {
        code: '30005',
        text: 'MST người mua không tồn tại',
        handling: 'Kiểm tra lại',
        note: 'x',
        series: 'C26TYY',
        number: '61',
      },
    ]);
    expect(refusalReasons(answer('999', ERROR_999))).toEqual([{ code: '001', text: 'Sai định dạng' }]);
    expect(refusalReasons(answer('999', OK_999))).toEqual([]);
  });
});

describe('trackMessages', () => {
  const states: [string, string, TvanMessage[], string, boolean][] = [
    ['nothing yet', '200', [], 'SENT', false],
    ['acknowledged', '200', [answer('999', OK_999)], 'RECEIVED', false],
    ['technical error', '200', [answer('999', ERROR_999)], 'TECHNICAL_ERROR', false],
    ['coded', '200', [answer('999', OK_999), answer('202', { HDon: [CODED_HDON] }, 2)], 'CODED', false],
    ['refused', '200', [answer('999', OK_999), answer('204', check204('1'), 2)], 'REFUSED', false],
    ['accepted', '206', [answer('204', check204('2'), 2)], 'ACCEPTED', false],
    ['undecided', '206', [answer('204', check204('7'), 2)], 'SENT', false],
    ['declared', '100', [answer('999', OK_999), declared('1'), accepted('1')], 'ACCEPTED', false],
    [
      'code and refusal',
      '200',
      [answer('204', check204('1'), 2), answer('202', { HDon: [CODED_HDON] }, 3)],
      'CODED',
      true,
    ],
    ['error and acceptance', '206', [answer('999', ERROR_999), answer('204', check204('2'), 2)], 'ACCEPTED', true],
    ['acknowledged and refused', '206', [answer('999', OK_999), answer('204', check204('3'), 2)], 'REFUSED', false],
  ];
  it.each(states)('%s', (_, kind, received, state, contradictory) => {
    const { messages, strays } = trackMessages([{ id: OURS, kind }], received);
    expect(messages.get(OURS)).toMatchObject({ state, contradictory });
    expect(strays).toEqual([]);
  });

  it('names answers that fit nothing', () => {
    const loose = answer('204', check204('2'), 1);
    const { MTDTChieu: _, ...header } = loose.TTChung;
    const received = [
      { ...loose, TTChung: header } as TvanMessage,
      { ...loose, TTChung: { ...header, MTDTChieu: '', MTDiep: theirs(4) } } as TvanMessage,
      answer('204', check204('2'), 2, OTHERS),
      answer('202', { HDon: [CODED_HDON] }, 3),
    ];
    const { messages, strays } = trackMessages(
      [
        { id: OURS, kind: '203' },
        { id: theirs(9), kind: '777' },
      ],
      [...received, answer('999', { TBao: { ...OK_999.TBao, MTDiep: theirs(9) } }, 5, theirs(9))],
    );
    expect(messages.get(OURS)).toEqual({ state: 'SENT', answers: [], contradictory: false });
    expect(strays).toEqual([
      { id: theirs(1), reason: 'ANSWERS_NOTHING' },
      { id: theirs(2), reason: 'UNKNOWN_MESSAGE' },
      { id: theirs(3), reason: 'UNEXPECTED_KIND' },
      { id: theirs(4), reason: 'ANSWERS_NOTHING' },
      { id: theirs(5), reason: 'UNEXPECTED_KIND' },
    ]);
  });

  it('reads a technical answer by what stands inside, unless the two disagree', () => {
    const message = answer('999', OK_999);
    expect(answeredId(message)).toBe(OURS);
    const { MTDTChieu: _, ...header } = message.TTChung;
    expect(answeredId({ ...message, TTChung: header })).toBe(OURS);
    expect(answeredId({ ...message, TTChung: { ...header, MTDTChieu: '' } })).toBe(OURS);
    expect(answeredId(answer('999', OK_999, 1, OTHERS))).toBeUndefined();
  });

  it('gives one result for any order and repetition', () => {
    const all = [
      answer('999', OK_999, 1),
      answer('999', ERROR_999, 2),
      answer('202', { HDon: [CODED_HDON] }, 3),
      answer('204', check204('1'), 4),
      answer('204', check204('2'), 4),
      answer('204', check204('2'), 5, OTHERS),
      answer('204', check204('2'), 6, `${OTHERS.slice(0, -1)}C`),
    ];
    const sentBoth = [
      { id: OURS, kind: '200' },
      { id: OTHERS, kind: '206' },
    ];
    fc.assert(
      fc.property(fc.subarray(all), fc.array(fc.nat(6)), fc.infiniteStream(fc.nat()), (some, repeats, order) => {
        const plain = trackMessages(sentBoth, some);
        const more = [...some, ...repeats.flatMap((index) => some[index] ?? [])];
        const mixed = more
          .map((message) => ({ message, key: order.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key);
        expect(
          trackMessages(
            sentBoth.toReversed(),
            mixed.map(({ message }) => message),
          ),
        ).toEqual(plain);
      }),
    );
  });
});
