import type { Send, SendRequest } from '@nx/contracts';
import { SendTimeoutError } from '@nx/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lookUpTaxCode } from './look-up-tax-code';

const DATA = {
  id: '0100109106',
  name: 'TẬP ĐOÀN CÔNG NGHIỆP - VIỄN THÔNG QUÂN ĐỘI',
  internationalName: 'VIETTEL GROUP',
  shortName: 'VIETTEL',
  address: 'Lô D26 Khu đô thị mới Cầu Giấy, Hà Nội',
};

const answering =
  (body: unknown, status = 200, asked: SendRequest[] = []): Send =>
  (request) => {
    asked.push(request);
    return Promise.resolve({ status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) });
  };

describe('lookUpTaxCode', () => {
  it('asks once, for the code as printed, within five seconds', async () => {
    const asked: SendRequest[] = [];
    const { id: _id, ...known } = DATA;
    expect(await lookUpTaxCode(' 0100 109106', answering({ code: '00', desc: 'ok', data: DATA }, 200, asked))).toEqual({
      outcome: 'FOUND',
      taxCode: '0100109106',
      ...known,
    });
    const headers = { accept: 'application/json' };
    const url = 'https://api.vietqr.io/v2/business/0100109106';
    expect(asked).toEqual([{ method: 'GET', url, headers, timeoutMs: 5_000 }]);
  });

  it('asks another register in another time', async () => {
    const asked: SendRequest[] = [];
    const data = { ...DATA, id: '0314409058002' };
    const options = { baseUrl: 'https://register.example/mst//', timeoutMs: 700 };
    const found = await lookUpTaxCode('0314409058002', answering({ code: '00', data }, 200, asked), options);
    expect(found).toMatchObject({ outcome: 'FOUND', taxCode: '0314409058-002' });
    expect(asked).toMatchObject([{ url: 'https://register.example/mst/0314409058-002', timeoutMs: 700 }]);
  });

  it('takes what is absent for unknown, and tidies what is there', async () => {
    const data = { id: '0100109106', name: ' Công  ty\u0000\nA ', internationalName: '', shortName: null };
    expect(await lookUpTaxCode('0100109106', answering({ code: '00', data }))).toEqual({
      outcome: 'FOUND',
      taxCode: '0100109106',
      name: 'Công ty A',
      internationalName: null,
      shortName: null,
      address: null,
    });
  });

  it.each([{ code: '51', desc: 'not found', data: null }, { code: '1' }, { code: '', data: DATA }])(
    'any other code means not found: %j',
    async (answer) => {
      expect(await lookUpTaxCode('0100109106', answering(answer))).toEqual({ outcome: 'NOT_FOUND' });
    },
  );

  it.each<[string, unknown, number?]>([
    ['STATUS', { code: '00', data: DATA }, 429],
    ['STATUS', { code: '00', data: DATA }, 201],
    ['STATUS', '', 503],
    ['NOT_JSON', '<html>'],
    ['NOT_JSON', ''],
    ['TOO_LARGE', JSON.stringify({ code: '00', data: DATA }).padEnd(64 * 1024 + 1)],
    ['WRONG_SHAPE', 'null'],
    ['WRONG_SHAPE', '[]'],
    ['WRONG_SHAPE', { code: 0 }],
    ['WRONG_SHAPE', { code: '00' }],
    ['WRONG_SHAPE', { code: '00', data: [DATA] }],
    ['WRONG_SHAPE', { code: '00', data: { ...DATA, id: 100109106 } }],
    ['WRONG_SHAPE', { code: '00', data: { ...DATA, name: '' } }],
    ['WRONG_SHAPE', { code: '00', data: { ...DATA, name: 1 } }],
    ['WRONG_SHAPE', { code: '00', data: { ...DATA, name: 'a'.repeat(1_001) } }],
    ['WRONG_SHAPE', { code: '00', data: { ...DATA, address: 1 } }],
    ['WRONG_SHAPE', { code: '00', data: { ...DATA, shortName: {} } }],
    ['WRONG_SHAPE', { code: '00', data: { ...DATA, internationalName: false } }],
    ['OTHER_CODE', { code: '00', data: { ...DATA, id: '0100112437' } }],
    ['OTHER_CODE', { code: '00', data: { ...DATA, id: '0100109106-001' } }],
  ])('is unavailable for %s', async (failure, answer, status = 200) => {
    const found = await lookUpTaxCode('0100109106', answering(answer, status));
    expect(found).toEqual({ outcome: 'UNAVAILABLE', failure });
  });

  it('takes the largest answer and the longest name that it allows', async () => {
    const data = { ...DATA, name: 'a'.repeat(1_000) };
    const body = JSON.stringify({ code: '00', data }).padEnd(64 * 1024);
    expect(await lookUpTaxCode('0100109106', answering(body))).toMatchObject({ outcome: 'FOUND', name: data.name });
  });

  it('asks nobody about what is no tax code', async () => {
    const asked: SendRequest[] = [];
    const failure = { outcome: 'UNAVAILABLE', failure: 'INVALID_TAX_CODE' };
    expect(await lookUpTaxCode('../0100109106', answering({}, 200, asked))).toEqual(failure);
    expect(asked).toEqual([]);
  });

  it.each([new SendTimeoutError('late'), new TypeError('broken')])('never throws: %s', async (error) => {
    expect(await lookUpTaxCode('0100109106', () => Promise.reject(error))).toEqual({
      outcome: 'UNAVAILABLE',
      failure: 'NO_ANSWER',
    });
    const throwing: Send = () => {
      throw error;
    };
    expect(await lookUpTaxCode('0100109106', throwing)).toMatchObject({ failure: 'NO_ANSWER' });
  });

  it('answers whatever comes back', async () => {
    const bodies = fc.oneof(fc.json(), fc.string(), fc.record({ code: fc.constant('00'), data: fc.anything() }));
    await fc.assert(
      fc.asyncProperty(bodies, fc.integer({ min: 100, max: 599 }), async (body, status) => {
        const text =
          typeof body === 'string'
            ? body
            : JSON.stringify(body, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
        const { outcome } = await lookUpTaxCode('0100109106', answering(text, status));
        expect(['NOT_FOUND', 'UNAVAILABLE']).toContain(outcome);
      }),
    );
  });
});
