import { describe, expect, it } from 'vitest';
import { ruleFor } from '../../error-table';
import type { QueryRequest, RefundRequest } from '../../provider';
import { QR_MMS_ERROR_TABLE } from './codes';
import { createQr } from './create';
import { configurationOf, scripted } from './qr-mms.fixture';
import { QR_MMS_PROVIDER } from './provider';
import { queryPayment } from './query';
import { refundPayment } from './refund';

/** code · final · retry · fallback */
type Row = readonly [string, boolean, boolean, boolean];

const CREATE: readonly Row[] = [
  ['00', true, false, false],
  ['01', true, false, true],
  ['04', true, true, true],
  ['05', true, false, true],
  ['06', true, false, true],
  ['07', true, false, true],
  ['09', true, false, true],
  ['10', true, false, true],
  ['11', true, false, true],
  ['12', true, false, true],
  ['15', true, false, true],
  ['16', true, false, true],
  ['21', true, false, true],
  ['24', true, false, true],
  ['96', true, true, true],
  ['99', false, true, false],
];
const QUERY: readonly Row[] = [
  ['00', true, false, false],
  ['01', true, false, false],
  ['02', true, false, false],
  ['03', true, false, false],
  ['04', true, false, false],
  ['08', false, true, false],
  ['11', true, false, false],
  ['14', true, false, false],
  ['99', false, true, false],
];
const REFUND: readonly Row[] = [
  ['00', true, false, false],
  ['01', true, false, false],
  ['02', true, false, false],
  ['03', true, false, false],
  ['04', true, false, false],
  ['11', true, false, false],
  ['12', true, false, false],
  ['14', true, false, false],
  ['96', true, true, false],
  ['99', false, false, false],
];

describe('the code tables', () => {
  it.each([
    ['CREATE', CREATE],
    ['QUERY', QUERY],
    ['REFUND', REFUND],
  ] as const)('of %s are complete', (kind, rows) => {
    const mine = Object.entries(QR_MMS_ERROR_TABLE.codes[kind] ?? {});
    expect(
      mine
        .map(([code, rule]) => [code, rule.final, rule.retry, rule.fallbackAllowed])
        .toSorted(([left], [right]) => String(left).localeCompare(String(right))),
    ).toEqual(rows);
    for (const [code, rule] of mine) expect(rule.meaning, code).toMatch(/^[A-Z].*\.$/);
    expect(new Set(mine.map(([, rule]) => rule.meaning)).size).toBe(mine.length);
  });

  it('stand on every operation by their version', () => {
    expect(QR_MMS_ERROR_TABLE.version).toBe('vnpay-qr-mms-1');
    expect(QR_MMS_PROVIDER.errorTable).toBe(QR_MMS_ERROR_TABLE);
    expect(Object.keys(QR_MMS_ERROR_TABLE.codes).toSorted()).toEqual(['CALLBACK', 'CREATE', 'QUERY', 'REFUND']);
    expect(ruleFor(QR_MMS_ERROR_TABLE, 'CALLBACK', '00').final).toBe(true);
  });

  it.each(['77', '', '0', '000', 'constructor', '__proto__'])('decide nothing by the unlisted code %j', (code) => {
    for (const kind of ['CREATE', 'QUERY', 'REFUND', 'CALLBACK', 'CANCEL'] as const) {
      expect(ruleFor(QR_MMS_ERROR_TABLE, kind, code)).toEqual({
        final: false,
        retry: false,
        fallbackAllowed: false,
        meaning: 'The provider sent a code that its documentation does not list.',
      });
    }
  });
});

describe('a refusal is judged by its row', () => {
  const refused = ([code]: Row): boolean => code !== '00';
  const judged = ([code, final, retry, fallbackAllowed]: Row): object => ({
    outcome: final ? 'REFUSED' : 'UNKNOWN',
    providerCode: code,
    reason: `CODE_${code}`,
    retry,
    fallbackAllowed,
    codeTableVersion: 'vnpay-qr-mms-1',
  });
  const common = {
    configuration: configurationOf(),
    attemptUid: 'ATT0123456789AB',
    amountMinor: 100_000n,
    currency: 'VND',
    createdAtMs: 0,
    expiresAtMs: 900_000,
  };

  it.each(CREATE.filter(refused))('of CREATE %s', async (...row) => {
    const request = { ...common, method: '100_QR_CODE', description: '' } as const;
    const answer = { code: row[0], message: 'no' };
    expect(await createQr(request, scripted(answer).send)).toMatchObject(judged(row));
  });

  it.each(QUERY.filter(([code]) => !['00', '01', '04'].includes(code)))('of QUERY %s', async (...row) => {
    const request: QueryRequest = { ...common, askedAtMs: 5 };
    const result = await queryPayment(request, scripted({ code: row[0] }).send);
    expect(result).toMatchObject(judged(row));
    expect(result.evidence.verdict).toBe(row[0] === '08' ? 'PENDING' : 'NO_ANSWER');
  });

  it.each(REFUND.filter(refused))('of REFUND %s', async (...row) => {
    const request: RefundRequest = {
      ...common,
      refundReference: '249385230413074',
      providerReference: '244395023',
      paidMinor: 100_000n,
      refundedBeforeMinor: 0n,
      paidAtMs: 5,
      requestedAtMs: 9,
      description: '',
    };
    const result = await refundPayment(request, scripted({ code: row[0], message: 'no' }).send);
    expect(result).toMatchObject({
      ...judged(row),
      toBeConfirmed: false,
      refundOutcome: row[1] ? 'REFUSED' : 'UNKNOWN',
    });
  });
});
