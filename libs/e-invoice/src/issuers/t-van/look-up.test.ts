import { SendNetworkError } from '@nx/contracts';
import { describe, expect, it } from 'vitest';
import { buildTvanMessage } from '../../t-van/message';
import { answer, CODE, CODED_HDON, HDON } from '../../t-van/messages.fixture';
import type { IssueRequest } from '../issuer';
import { TVAN_DIRECT } from './adapter';
import {
  coded,
  codedOther,
  CONNECTION,
  error,
  ID,
  KEY,
  ok,
  refused,
  REGISTER_KEY,
  reply,
  TOKENS,
  transport,
  valid,
} from './samples.fixture';

describe('looking up', () => {
  const lookUp = async (
    body: string | Error,
    changes: { status?: number; key?: IssueRequest['key']; settings?: object } = {},
  ) => {
    const { send, calls } = transport(body instanceof Error ? body : reply(body, changes.status));
    const connection = { ...CONNECTION, settings: { ...CONNECTION.settings, ...changes.settings } };
    return { outcome: await TVAN_DIRECT.lookUp(changes.key ?? KEY, connection, send, TOKENS), calls };
  };
  const all = (...messages: string[]) =>
    `<?xml version="1.0"?><KetQua><DuLieu>${messages.join('\n')}</DuLieu></KetQua>`;

  const cases: [string, string, Parameters<typeof lookUp>[1], object][] = [
    ['a code', all(ok, coded), {}, { outcome: 'FOUND', invoiceNumber: '61', cqtCode: CODE }],
    [
      'a code, our number not known',
      coded,
      { key: { ...KEY, ownNumber: undefined } },
      { outcome: 'FOUND', invoiceNumber: '61', cqtCode: CODE },
    ],
    [
      'the code of another number',
      codedOther,
      {},
      { outcome: 'FAILED', reason: 'the code is that of another invoice', unsettled: true },
    ],
    [
      'an accepted check of a cash register',
      valid,
      { key: REGISTER_KEY },
      { outcome: 'FOUND', invoiceNumber: '61', cqtCode: 'M1-26-7FGBT-00000000315' },
    ],
    [
      'an accepted check, the series not known',
      valid,
      { key: { ...REGISTER_KEY, series: undefined } },
      { outcome: 'FOUND', invoiceNumber: '61' },
    ],
    [
      'an accepted check, our number not known',
      valid,
      { key: { ...REGISTER_KEY, ownNumber: undefined } },
      { outcome: 'FAILED', unsettled: true },
    ],
    [
      'an accepted check where a code is wanted',
      valid,
      {},
      { outcome: 'FAILED', reason: 'accepted, but the code is missing', unsettled: true },
    ],
    [
      'a refusal',
      all(ok, refused),
      {},
      { outcome: 'FAILED', refused: { code: '30005', message: 'Sai MST' }, unsettled: true },
    ],
    ['a technical error', error, {}, { outcome: 'FAILED', refused: { code: '001', message: 'Sai định dạng' } }],
    [
      'a refusal and a code',
      all(refused, coded),
      {},
      { outcome: 'FAILED', reason: 'the answers contradict each other', unsettled: true },
    ],
    [
      'an acknowledgement',
      all(ok),
      {},
      { outcome: 'FAILED', reason: 'received; the check is not over', unsettled: true },
    ],
    ['an unreadable answer', all(ok, '<TDiep/>'), {}, { outcome: 'FAILED', reason: '/TDiep/TTChung is required' }],
    ['no XML', 'x', {}, { outcome: 'FAILED' }],
    ['status 404 alone', '', { status: 404 }, { outcome: 'FAILED', reason: 'status 404' }],
    [
      "the vendor's own word",
      ' NOT_FOUND\n',
      { status: 404, settings: { notFoundText: 'NOT_FOUND' } },
      { outcome: 'NOT_FOUND' },
    ],
    [
      'that word with a server error',
      'NOT_FOUND',
      { status: 500, settings: { notFoundText: 'NOT_FOUND' } },
      { outcome: 'FAILED', reason: 'status 500' },
    ],
    ['another word', 'NOT_FOUND!', { settings: { notFoundText: 'NOT_FOUND' } }, { outcome: 'FAILED' }],
  ];
  it.each(cases)('%s', async (_, body, changes, expected) => {
    expect((await lookUp(body, changes)).outcome).toMatchObject(expected);
  });

  it('takes no empty answer and no answer to others for anything', async () => {
    const nothing = { outcome: 'FAILED', reason: 'no answer yet' };
    const { outcome } = await lookUp(all());
    expect(outcome).toMatchObject(nothing);
    expect(outcome).not.toHaveProperty('unsettled');
    expect((await lookUp(buildTvanMessage(answer('202', { HDon: [CODED_HDON] })))).outcome).toMatchObject(nothing);
    expect((await lookUp(buildTvanMessage(answer('200', { HDon: [HDON] }, 1, ID)))).outcome).toMatchObject(nothing);
  });

  it('asks by our message id', async () => {
    const { calls } = await lookUp(ok);
    expect(calls).toMatchObject([{ method: 'GET', url: `https://tvan.example/answers?MTDiep=${ID}` }]);
    expect((await lookUp(ok, { settings: { lookUpParameter: 'id' } })).calls[0]?.url).toContain('?id=K01');
    expect((await lookUp(ok, { settings: { lookUpPath: null } })).outcome).toEqual({
      outcome: 'FAILED',
      reason: 'settings.lookUpPath is not set',
    });
  });

  it('proves nothing when the connection fails, and shows no secret', async () => {
    const { outcome } = await lookUp(new SendNetworkError('reset by a-secret'));
    expect(outcome).toMatchObject({ outcome: 'FAILED', reason: 'reset by ***' });
  });
});
