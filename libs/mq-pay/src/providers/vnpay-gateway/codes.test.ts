import { describe, expect, it } from 'vitest';
import { ruleFor } from '../../error-table';
import { GATEWAY_ERROR_TABLE, IPN_ANSWERS, IPN_MAXIMUM_CALLS, IPN_PAUSE_MS, TRANSACTION_STATUS_CODES } from './codes';
import { meaningOf, meaningOfStatus } from './meaning';

const PAID = { verdict: 'PAID' };
const IN_DOUBT = { verdict: 'IN_DOUBT' };
const REVERSED = { verdict: 'REVERSED' };
const FAIL = { verdict: 'DECLINED', finalStatus: '500_FAIL' };
const EXPIRED = { verdict: 'DECLINED', finalStatus: '501_EXPIRED' };
const CANCELLED = { verdict: 'DECLINED', finalStatus: '505_CANCELLED' };

/** final, retry, fallbackAllowed. */
const flags = (rule: { final: boolean; retry: boolean; fallbackAllowed: boolean } | undefined): string =>
  rule === undefined ? 'unlisted' : [rule.final, rule.retry, rule.fallbackAllowed].map(Number).join('');

describe('pay codes', () => {
  // code, flags, what it means beside the status that comes with it
  const rows = [
    ['00', '100', '00', PAID],
    ['01', '101', '02', FAIL],
    ['02', '101', '02', FAIL],
    ['03', '101', '02', FAIL],
    ['04', '101', '02', FAIL],
    ['07', '000', '07', IN_DOUBT],
    ['07', '000', '02', IN_DOUBT],
    ['08', '111', '02', FAIL],
    ['09', '111', '02', FAIL],
    ['10', '111', '02', FAIL],
    ['11', '111', '02', EXPIRED],
    ['12', '111', '02', FAIL],
    ['13', '111', '02', FAIL],
    ['24', '111', '02', CANCELLED],
    ['51', '111', '02', FAIL],
    ['65', '111', '02', FAIL],
    ['75', '111', '02', FAIL],
    ['79', '111', '02', FAIL],
    ['97', '101', '02', FAIL],
    ['99', '111', '02', FAIL],
  ] as const;
  it.each(rows)('%s is %s, and with status %s %o', (code, expected, status, meaning) => {
    expect(flags(GATEWAY_ERROR_TABLE.codes.CALLBACK?.[code])).toBe(expected);
    expect(meaningOf(code, status)).toEqual(meaning);
  });

  it('are all there', () => {
    expect(Object.keys(GATEWAY_ERROR_TABLE.codes.CALLBACK ?? {}).sort()).toEqual(
      [...new Set(rows.map(([code]) => code))].sort(),
    );
  });

  it('decide nothing when nobody knows them', () => {
    expect(flags(ruleFor(GATEWAY_ERROR_TABLE, 'CALLBACK', '42'))).toBe('000');
  });
});

describe('transaction status', () => {
  const rows = [
    ['00', '100', PAID],
    ['01', '010', IN_DOUBT],
    ['02', '111', FAIL],
    ['04', '000', REVERSED],
    ['05', '010', IN_DOUBT],
    ['06', '100', IN_DOUBT],
    ['07', '000', IN_DOUBT],
    ['08', '111', EXPIRED],
    ['09', '100', IN_DOUBT],
    ['11', '111', CANCELLED],
  ] as const;
  it.each(rows)('%s is %s and means %o', (status, expected, meaning) => {
    expect(flags(TRANSACTION_STATUS_CODES[status])).toBe(expected);
    expect(meaningOfStatus(status)).toEqual(meaning);
  });

  it('is all there, and an unknown one decides nothing', () => {
    expect(Object.keys(TRANSACTION_STATUS_CODES).sort()).toEqual(rows.map(([status]) => status));
    expect(meaningOfStatus('42')).toEqual(IN_DOUBT);
    expect(meaningOfStatus('')).toEqual(IN_DOUBT);
  });
});

describe('code and status together', () => {
  it.each([
    ['paid needs both', '00', '00', PAID],
    ['a success by status alone contradicts itself', '24', '00', IN_DOUBT],
    ['a success by status alone contradicts itself', '99', '00', IN_DOUBT],
    ['a success by code alone is none', '00', '02', FAIL],
    ['the status of a time-out', '00', '08', EXPIRED],
    ['the status of a time-out', '99', '08', EXPIRED],
    ['the status of a cancellation', '99', '11', CANCELLED],
    ['not finished, whatever the code', '24', '01', IN_DOUBT],
    ['not finished, whatever the code', '00', '01', IN_DOUBT],
    ['reversed, whatever the code', '00', '04', REVERSED],
    ['reversed, whatever the code', '07', '04', REVERSED],
    ['a code that nobody knows with a failed status', '42', '02', FAIL],
    ['a status that nobody knows', '00', '42', IN_DOUBT],
  ])('%s: %s/%s', (_name, code, status, meaning) => {
    expect(meaningOf(code, status)).toEqual(meaning);
  });
});

describe('codes of the transaction API', () => {
  it.each([
    ['QUERY', { '00': '100', '02': '101', '03': '101', '91': '100', '94': '010', '97': '101', '99': '010' }],
    [
      'REFUND',
      { '00': '100', '02': '100', '03': '100', '91': '100', '94': '000', '95': '100', '97': '100', '99': '000' },
    ],
  ] as const)('of %s', (kind, expected) => {
    const codes = GATEWAY_ERROR_TABLE.codes[kind] ?? {};
    expect(Object.fromEntries(Object.entries(codes).map(([code, rule]) => [code, flags(rule)]))).toEqual(expected);
  });

  it('each say what they mean, under a version', () => {
    const tables = [...Object.values(GATEWAY_ERROR_TABLE.codes), TRANSACTION_STATUS_CODES];
    for (const rule of tables.flatMap((table) => Object.values(table))) expect(rule.meaning).toMatch(/^[A-Z].+\.$/);
    expect(GATEWAY_ERROR_TABLE.version).toBe('vnpay-gateway-1');
  });
});

describe('answers to an IPN', () => {
  it('are those of the official page', () => {
    expect(IPN_ANSWERS).toEqual({
      '00': { message: 'Confirm Success', repeated: false },
      '01': { message: 'Order not found', repeated: true },
      '02': { message: 'Order already confirmed', repeated: false },
      '04': { message: 'Invalid amount', repeated: true },
      '97': { message: 'Invalid signature', repeated: true },
      '99': { message: 'Unknown error', repeated: true },
    });
  });

  it('are asked for ten times, five minutes apart', () => {
    expect([IPN_MAXIMUM_CALLS, IPN_PAUSE_MS]).toEqual([10, 300_000]);
  });
});
