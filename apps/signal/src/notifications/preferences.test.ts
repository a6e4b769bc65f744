import { describe, expect, it } from 'vitest';
import { isQuiet, NO_PREFERENCES, reachOf, type QuietHours } from './preferences';

const hours = (from: string, to: string, timeZone = 'Asia/Ho_Chi_Minh'): QuietHours => ({ from, to, timeZone });

describe('quiet hours', () => {
  it.each([
    ['22:00', '07:00', '2026-11-20T14:59:59Z', false],
    ['22:00', '07:00', '2026-11-20T15:00:00Z', true],
    ['22:00', '07:00', '2026-11-20T23:59:59Z', true],
    ['22:00', '07:00', '2026-11-21T00:00:00Z', false],
    ['12:00', '13:30', '2026-11-20T04:59:59Z', false],
    ['12:00', '13:30', '2026-11-20T05:00:00Z', true],
    ['12:00', '13:30', '2026-11-20T06:30:00Z', false],
    ['00:00', '00:01', '2026-11-20T17:00:30Z', true],
  ])('from %s to %s in Vietnam hold at %s: %s', (from, to, at, expected) => {
    expect(isQuiet(hours(from, to), Date.parse(at))).toBe(expected);
  });

  it('follow the clock on the wall through summer time', () => {
    const berlin = hours('22:00', '07:00', 'Europe/Berlin');
    expect(isQuiet(berlin, Date.parse('2026-07-01T20:00:00Z'))).toBe(true);
    expect(isQuiet(berlin, Date.parse('2026-12-01T20:00:00Z'))).toBe(false);
    expect(isQuiet(berlin, Date.parse('2026-07-01T05:30:00Z'))).toBe(false);
    expect(isQuiet(berlin, Date.parse('2026-12-01T05:30:00Z'))).toBe(true);
  });
});

it('a muted type is read from the start and silent at any time, quiet hours are silent only', () => {
  const night = Date.parse('2026-11-20T18:00:00Z');
  const wishes = { ...NO_PREFERENCES, mutedTypes: ['INVOICE_ISSUED'], quietHours: hours('22:00', '07:00') };
  expect(reachOf(NO_PREFERENCES, 'INVOICE_ISSUED', night)).toEqual({ muted: false, silent: false });
  expect(reachOf(wishes, 'INVOICE_ISSUED', Date.parse('2026-11-20T05:00:00Z'))).toEqual({ muted: true, silent: true });
  expect(reachOf(wishes, 'PAYMENT_SUCCESS', night)).toEqual({ muted: false, silent: true });
});
