import { describe, expect, it } from 'vitest';
import {
  alarmHorizon,
  claimDeadline,
  issueTarget,
  legalDeadline,
  maySignAt,
  outageDeadline,
  seriesOpensAt,
  seriesWaitEnd,
  signingDeadline,
} from './legal-clock';
import type { SeriesLetter } from './rules/series-rules';

const at = (text: string) => new Date(`${text}+07:00`);

describe('legalDeadline', () => {
  const cases: { why: string; letter: SeriesLetter; sale: string; end: string }[] = [
    { why: 'cash register, same day', letter: 'M', sale: '2026-11-20T10:00:00', end: '2026-11-20' },
    {
      why: 'cash register, just after midnight here, still yesterday in UTC',
      letter: 'M',
      sale: '2026-11-20T00:00:00',
      end: '2026-11-20',
    },
    { why: 'cash register, last second', letter: 'M', sale: '2026-11-20T23:59:59', end: '2026-11-20' },
    { why: 'cash register on a Sunday', letter: 'M', sale: '2026-11-22T10:00:00', end: '2026-11-22' },
    { why: 'ordinary, a Thursday', letter: 'T', sale: '2026-11-19T10:00:00', end: '2026-11-20' },
    { why: 'ordinary, a Friday', letter: 'T', sale: '2026-11-20T10:00:00', end: '2026-11-23' },
    { why: 'ordinary, before National Day', letter: 'T', sale: '2026-08-31T10:00:00', end: '2026-09-03' },
    { why: 'ordinary, before the Lunar New Year', letter: 'G', sale: '2026-02-13T10:00:00', end: '2026-02-23' },
  ];
  it.each(cases)('$why', ({ letter, sale, end }) => {
    const deadline = legalDeadline({ seriesLetter: letter, taxPoint: at(sale) });
    expect(deadline).toEqual(at(`${end}T23:59:59.999`));
    expect(issueTarget(deadline)).toEqual(at(`${end}T23:50:00`));
  });

  it('is the day itself where the table knows no rule', () => {
    const deadline = legalDeadline({ seriesLetter: 'T', taxPoint: at('2025-05-30T10:00:00') });
    expect(deadline).toEqual(at('2025-05-30T23:59:59.999'));
    expect(legalDeadline({ seriesLetter: 'T', taxPoint: at('2025-06-02T10:00:00') })).toEqual(
      at('2025-06-03T23:59:59.999'),
    );
  });

  it('honours a weekend that is worked', () => {
    const calendar = { holidays: new Set<string>(), workedWeekends: new Set(['2026-11-21']) };
    const deadline = legalDeadline({ seriesLetter: 'T', taxPoint: at('2026-11-20T10:00:00'), calendar });
    expect(deadline).toEqual(at('2026-11-21T23:59:59.999'));
  });
});

describe('claimDeadline', () => {
  const cases: { paid: string; windowMs?: number; end: string | null }[] = [
    { paid: '2026-11-20T10:00:00', end: '2026-11-20T12:00:00' },
    { paid: '2026-11-20T10:00:00', windowMs: 60_000, end: '2026-11-20T10:01:00' },
    { paid: '2026-11-20T21:29:59', end: '2026-11-20T23:29:59' },
    { paid: '2026-11-20T21:45:00', end: '2026-11-20T23:30:00' },
    { paid: '2026-11-20T22:00:00', end: '2026-11-20T23:30:00' },
    { paid: '2026-11-20T22:00:00.001', end: null },
    { paid: '2026-11-20T23:45:00', end: null },
    { paid: '2026-11-20T09:00:00', windowMs: 86_400_000, end: '2026-11-20T23:30:00' },
    { paid: '2026-11-20T09:00:00', windowMs: 0, end: null },
  ];
  it.each(cases)('paid at $paid → $end', ({ paid, windowMs, end }) => {
    const paidAt = at(paid);
    const deadline = legalDeadline({ seriesLetter: 'M', taxPoint: paidAt });
    expect(claimDeadline({ paidAt, legalDeadline: deadline, windowMs })).toEqual(end === null ? null : at(end));
  });

  it('never ends after the legal deadline', () => {
    const end = at('2026-11-20T10:30:00');
    expect(claimDeadline({ paidAt: at('2026-11-20T10:00:00'), legalDeadline: end })).toEqual(end);
    expect(claimDeadline({ paidAt: at('2026-11-20T11:00:00'), legalDeadline: end })).toBeNull();
  });

  it('follows other hours where a site sets them, but never past the legal deadline', () => {
    const hours = { lastPaidMs: 48 * 3_600_000, closeMs: 48 * 3_600_000 };
    const paidAt = at('2026-11-20T23:59:00');
    const next = at('2026-11-21T12:00:00');
    expect(claimDeadline({ paidAt, legalDeadline: next, hours })).toEqual(at('2026-11-21T01:59:00'));
    expect(claimDeadline({ paidAt, legalDeadline: at('2026-11-21T00:00:00'), hours })).toEqual(
      at('2026-11-21T00:00:00'),
    );
  });
});

describe('before and after the deadline', () => {
  const deadline = at('2026-11-20T23:59:59.999');
  it('alarms two hours before and lets a series wait until one hour before', () => {
    expect(alarmHorizon(at('2026-11-20T21:59:59.999'))).toEqual(deadline);
    expect(seriesWaitEnd(deadline)).toEqual(at('2026-11-20T22:59:59.999'));
  });

  it('opens the series of a day a pause after its midnight', () => {
    expect(seriesOpensAt('2026-11-20', 300_000)).toEqual(at('2026-11-20T00:05:00'));
    expect(seriesOpensAt('2026-11-20', 0)).toEqual(at('2026-11-20T00:00:00'));
  });

  it.each([
    ['2026-11-20', '2026-11-23'],
    ['2026-11-21', '2026-11-23'],
    ['2026-11-19', '2026-11-20'],
    ['2025-08-29', '2025-09-03'],
  ])('an invoice of %s is signed by the end of %s', (invoiceDate, end) => {
    expect(signingDeadline(invoiceDate)).toEqual(at(`${end}T23:59:59.999`));
    expect(maySignAt(invoiceDate, at(`${end}T23:59:59.999`))).toBe(true);
    expect(maySignAt(invoiceDate, new Date(at(`${end}T23:59:59.999`).getTime() + 1))).toBe(false);
    expect(maySignAt(invoiceDate, at(`${invoiceDate}T00:00:00`))).toBe(true);
    expect(maySignAt(invoiceDate, new Date(at(`${invoiceDate}T00:00:00`).getTime() - 1))).toBe(false);
  });

  it.each([
    ['AUTHORITY_OUTAGE', '2026-11-16T10:00:00', '2026-11-18'],
    ['FORCE_MAJEURE', '2026-11-16T10:00:00', '2026-11-19'],
    ['AUTHORITY_OUTAGE', '2026-11-19T23:59:59', '2026-11-23'],
    ['FORCE_MAJEURE', '2026-11-20T00:00:00', '2026-11-25'],
    ['AUTHORITY_OUTAGE', '2026-08-31T12:00:00', '2026-09-04'],
    ['AUTHORITY_OUTAGE', '2026-06-30T12:00:00', '2026-06-30'],
  ] as const)('after %s, back at %s, data goes out by the end of %s', (kind, back, end) => {
    expect(outageDeadline(kind, at(back))).toEqual(at(`${end}T23:59:59.999`));
  });

  it('counts the working days of the calendar given', () => {
    const calendar = { holidays: new Set(['2026-11-17']), workedWeekends: new Set<string>() };
    expect(outageDeadline('AUTHORITY_OUTAGE', at('2026-11-16T10:00:00'), calendar)).toEqual(
      at('2026-11-19T23:59:59.999'),
    );
    expect(signingDeadline('2026-11-16', calendar)).toEqual(at('2026-11-18T23:59:59.999'));
    expect(maySignAt('2026-11-16', at('2026-11-18T10:00:00'), calendar)).toBe(true);
    expect(maySignAt('2026-11-16', at('2026-11-18T10:00:00'))).toBe(false);
  });
});
