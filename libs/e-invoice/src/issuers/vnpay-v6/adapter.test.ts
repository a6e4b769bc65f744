import { describe, expect, it } from 'vitest';
import { ISSUERS } from '../issuers';
import { SendNetworkError, SendNotSentError, SendTimeoutError } from '@nx/contracts';
import type { Send, SendRequest, SendResponse } from '@nx/contracts';
import { TokenCache } from '../token-cache';
import { VNPAY_V6 } from './adapter';
import { CONNECTION, KEY, request, response } from './samples.fixture';

const ISSUED = response(200, { code: '00', message: '', data: { invoiceNumber: '61', lookupCode: 'L' } });
const TOKEN_PATH = '/user/client/token';

/** A vendor who gives token 1, 2, 3 … and answers other calls from a script, the last answer for ever. */
function vendor(script: readonly (SendResponse | Error)[], tokenAnswer?: SendResponse | Error) {
  const calls: SendRequest[] = [];
  let logins = 0;
  const send: Send = async (sent) => {
    const login = new URL(sent.url).pathname === TOKEN_PATH;
    if (!login) calls.push(sent);
    else logins += 1;
    const scripted = script[Math.min(calls.length, script.length) - 1];
    const answer = login
      ? (tokenAnswer ?? response(200, { code: '00', data: { accessToken: `t${logins}` } }))
      : scripted;
    await Promise.resolve();
    if (answer === undefined) throw new Error('the script has no answer');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const tokens = new TokenCache({ now: () => 0 });
  return { send, tokens, calls, logins: () => logins };
}

describe('issuing', () => {
  it('sends the invoice with a token and reads the number', async () => {
    const { send, tokens, calls } = vendor([ISSUED]);
    const outcome = await VNPAY_V6.issue(request(), CONNECTION, send, tokens);
    expect(outcome).toMatchObject({ outcome: 'ISSUED', invoiceNumber: '61', lookupCode: 'L' });
    expect(calls).toMatchObject([
      {
        method: 'POST',
        url: 'https://invoice-api.vnpaytest.vn/api/v6/vat/original',
        headers: { authorization: 'Bearer t1', 'content-type': 'application/json' },
      },
    ]);
    expect(JSON.parse(calls[0]?.body ?? '')).toMatchObject({ invoice: { requestId: KEY.requestId } });
    expect(JSON.stringify(outcome)).not.toMatch(/Bearer|s3cr3t-of-the-shop/);
  });

  it('logs in once for many invoices at once', async () => {
    const { send, tokens, calls, logins } = vendor([ISSUED]);
    await Promise.all(Array.from({ length: 20 }, () => VNPAY_V6.issue(request(), CONNECTION, send, tokens)));
    expect([calls.length, logins()]).toEqual([20, 1]);
  });

  it('logs in anew after a 401 and sends the same body once more', async () => {
    const { send, tokens, calls } = vendor([response(401, ''), ISSUED]);
    expect(await VNPAY_V6.issue(request(), CONNECTION, send, tokens)).toMatchObject({ outcome: 'ISSUED' });
    expect(calls.map(({ headers }) => headers['authorization'])).toEqual(['Bearer t1', 'Bearer t2']);
    expect(calls[1]?.body).toBe(calls[0]?.body);
  });

  it('takes a second 401 for the answer', async () => {
    const { send, tokens, calls } = vendor([response(401, '')]);
    const outcome = await VNPAY_V6.issue(request(), CONNECTION, send, tokens);
    expect(outcome).toMatchObject({ outcome: 'REFUSED', permanent: false });
    expect(calls).toHaveLength(2);
  });

  it('does not use a token of the secret before a rotation', async () => {
    const { send, tokens, calls } = vendor([ISSUED]);
    await VNPAY_V6.issue(request(), CONNECTION, send, tokens);
    await VNPAY_V6.issue(request(), { ...CONNECTION, clientSecret: 'next' }, send, tokens);
    expect(calls.map(({ headers }) => headers['authorization'])).toEqual(['Bearer t1', 'Bearer t2']);
  });

  it.each([
    [new SendTimeoutError('slow'), { outcome: 'UNKNOWN', reason: 'TIMEOUT' }],
    [new SendNetworkError('reset'), { outcome: 'UNKNOWN', reason: 'NETWORK' }],
    [new TypeError('a fault of the sender'), { outcome: 'UNKNOWN', reason: 'NETWORK' }],
    [new SendNotSentError('refused'), { outcome: 'NOT_ISSUED', proof: 'NEVER_SENT' }],
  ])('%s', async (error, expected) => {
    const { send, tokens, calls } = vendor([error]);
    const outcome = await VNPAY_V6.issue(request(), CONNECTION, send, tokens);
    expect(outcome).toMatchObject(expected);
    expect(calls).toHaveLength(1);
  });

  it('is unknown when the repetition after a 401 times out', async () => {
    const { send, tokens } = vendor([response(401, ''), new SendTimeoutError('slow')]);
    const outcome = await VNPAY_V6.issue(request(), CONNECTION, send, tokens);
    expect(outcome).toMatchObject({ outcome: 'UNKNOWN', reason: 'TIMEOUT' });
  });

  it.each([
    ['a slow login', new SendTimeoutError('slow'), { outcome: 'NOT_ISSUED', proof: 'NEVER_SENT' }],
    ['a broken login', response(502, ''), { outcome: 'NOT_ISSUED', proof: 'NEVER_SENT' }],
    ['a login without token', response(200, { code: '00', data: {} }), { outcome: 'NOT_ISSUED' }],
    ['too many logins', response(429, '', { 'retry-after': '3' }), { outcome: 'NOT_ISSUED', retryAfterMs: 3_000 }],
    [
      'wrong credentials',
      response(200, { code: '01', message: 'no' }),
      { outcome: 'REFUSED', permanent: false, code: '01' },
    ],
    ['a closed account', response(403, ''), { outcome: 'REFUSED', permanent: false, code: 'HTTP_403' }],
  ])('%s sends no invoice', async (_why, tokenAnswer, expected) => {
    const { send, tokens, calls } = vendor([ISSUED], tokenAnswer);
    expect(await VNPAY_V6.issue(request(), CONNECTION, send, tokens)).toMatchObject(expected);
    expect(calls).toEqual([]);
  });

  it('refuses settings of the wrong type before anything is sent', async () => {
    const { send, tokens, logins } = vendor([ISSUED]);
    const connection = { ...CONNECTION, settings: { tokenLifetimeMs: '30m' } };
    await expect(VNPAY_V6.issue(request(), connection, send, tokens)).rejects.toThrow('/settings/tokenLifetimeMs');
    expect(logins()).toBe(0);
  });
});

describe('the other calls', () => {
  it('looks up under the key, at a path of the settings', async () => {
    const { send, tokens, calls } = vendor([ISSUED]);
    const connection = { ...CONNECTION, settings: { lookUpPath: '/api/v6/find' } };
    expect(await VNPAY_V6.lookUp(KEY, connection, send, tokens)).toMatchObject({
      outcome: 'FOUND',
      invoiceNumber: '61',
    });
    expect(calls).toMatchObject([
      {
        method: 'GET',
        url: `https://invoice-api.vnpaytest.vn/api/v6/find?taxCode=0104359717&invoiceDate=2026-11-20&requestId=${KEY.requestId}`,
      },
    ]);
  });

  it.each([new SendTimeoutError('slow'), new SendNotSentError('refused')])('a look-up fails with %s', async (error) => {
    const { send, tokens } = vendor([error]);
    expect(await VNPAY_V6.lookUp(KEY, CONNECTION, send, tokens)).toMatchObject({
      outcome: 'FAILED',
      reason: error.message,
    });
  });

  it('downloads the PDF', async () => {
    const data = Buffer.from('%PDF-1.7').toString('base64');
    const { send, tokens } = vendor([response(200, { code: '00', data })]);
    expect(await VNPAY_V6.downloadPdf?.(KEY, CONNECTION, send, tokens)).toMatchObject({ outcome: 'DOWNLOADED' });
  });

  it('tests a connection by a login', async () => {
    expect(await VNPAY_V6.testConnection(CONNECTION, vendor([]).send)).toEqual({ ok: true });
    const refused = vendor([], response(401, { code: '401', message: 'wrong secret' }));
    const result = await VNPAY_V6.testConnection(CONNECTION, refused.send);
    expect(result).toEqual({ ok: false, reason: expect.stringContaining('wrong secret') });
  });

  it('is the issuer of its code', () => {
    expect(ISSUERS.get('VNPAY')).toBe(VNPAY_V6);
  });
});
