import { describe, expect, it } from 'vitest';
import { EXPIRED_SCHEDULE_MS, firstConclusiveQueryAt, isLate, nextQueryAt } from './schedule';
import { parseVietnamTime, vietnamClock, vietnamDays } from './vietnam-time';
import { toPlainAscii } from './plain-text';

describe('the schedule', () => {
  it('asks after 15 s, 1, 5, 15 min, 1, 6 and 24 h, then gives up', () => {
    const pauses = [0, 1, 2, 3, 4, 5, 6, 7].map((step) => nextQueryAt(step, 1_000));
    expect(pauses).toEqual([16_000, 61_000, 301_000, 901_000, 3_601_000, 21_601_000, 86_401_000, null]);
    expect(nextQueryAt(0, 0, EXPIRED_SCHEDULE_MS)).toBe(900_000);
  });

  it('agrees with itself on what is late', () => {
    expect(isLate(firstConclusiveQueryAt(5), 5)).toBe(true);
    expect(isLate(firstConclusiveQueryAt(5) - 1, 5)).toBe(false);
  });
});

describe('Vietnam time', () => {
  it('reads both of VNPAY’s forms and refuses days that do not exist', () => {
    const at = Date.UTC(2024, 2, 27, 6, 56, 24);
    expect(parseVietnamTime('20240327135624')).toBe(at);
    expect(parseVietnamTime('27/03/2024 13:56:24')).toBe(at);
    for (const text of ['20240230000000', '2024032713562', '31/04/2024 00:00:00', '20240327245624', '']) {
      expect(parseVietnamTime(text)).toBeNull();
    }
    expect(vietnamClock(at)).toMatchObject({ year: '2024', day: '27', hour: '13' });
  });

  it('lists the days of a span by the Vietnamese midnight', () => {
    const midnight = Date.UTC(2026, 11, 31, 17);
    expect(vietnamDays(midnight - 1, midnight)).toEqual(['31/12/2026', '01/01/2027']);
    expect(vietnamDays(midnight, midnight)).toEqual(['01/01/2027']);
    expect(vietnamDays(midnight - 2, midnight - 1)).toEqual(['31/12/2026']);
  });
});

describe('toPlainAscii', () => {
  it.each([
    ['Quán Phở Đặng Đình', 'Quan Pho Dang Dinh'],
    ['  Trà|sữa 🍵 50%  ', 'Tra sua 50%'],
    ['Cà phê\n\tđá', 'Ca phe da'],
    ['日本', ''],
  ])('turns %j into %j', (text, plain) => {
    expect(toPlainAscii(text)).toBe(plain);
  });
});
