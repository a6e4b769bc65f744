import { SendNetworkError, SendNotSentError, SendTimeoutError, type Send, type SendResponse } from '@nx/contracts';
import { describe, expect, it } from 'vitest';
import { LostCallError } from './exchange';
import { unansweredOutcome } from './outcomes';
import { TokenCache } from './token-cache';
import {
  callWithToken,
  logIn,
  LoginError,
  type LoginAnswer,
  type TokenAccount,
  type TokenRefusal,
} from './token-session';
import { response } from './vendor-samples.fixture';

const REQUEST = { method: 'POST', url: 'https://vendor.vn/issue', headers: { accept: 'x' }, body: 'invoice' } as const;

/** A vendor whose logins give t1, t2 … and whose calls answer from a script; status 419 refuses the token. */
function vendor(
  script: readonly (SendResponse | Error)[],
  refusal: TokenRefusal = 'PROVEN',
  login?: SendResponse | Error,
) {
  const sent: string[] = [];
  let logins = 0;
  const account: TokenAccount = {
    vendor: 'MISA',
    identity: ['user', 'secret'],
    secrets: ['secret'],
    login: { method: 'POST', url: 'https://vendor.vn/login', headers: {}, body: 'user and secret' },
    readLogin: ({ status, body }): LoginAnswer => {
      if (status === 200) return { kind: 'TOKEN', token: body, lifetimeMs: 100_000 };
      return { kind: status === 403 ? 'REFUSED' : 'UNAVAILABLE', code: `C${status}`, message: 'sorry' };
    },
    authorise: (token) => ({ authorization: token }),
    tokenRefusal: ({ status }) => (status === 419 ? refusal : 'NO'),
  };
  const send: Send = async ({ url, headers, body }) => {
    await Promise.resolve();
    const isLogin = url.endsWith('/login');
    if (isLogin) logins += 1;
    else sent.push(`${headers['authorization'] ?? ''} ${headers['accept'] ?? ''} ${body ?? ''}`);
    const answer = isLogin && (logins > 1 || script.length === 0) ? login : undefined;
    const next = isLogin ? (answer ?? response(200, `t${logins}`)) : script[sent.length - 1];
    if (next instanceof Error) throw next;
    if (next === undefined) throw new Error('the script has no answer');
    return next;
  };
  return { account, send, tokens: new TokenCache({ now: () => 7 }), sent };
}

const caught = async (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe('callWithToken', () => {
  it('sends with the token and gives it back', async () => {
    const { account, send, tokens, sent } = vendor([response(200, 'done')]);
    expect(await callWithToken(account, send, tokens, REQUEST)).toMatchObject({
      token: 't1',
      doubtful: false,
      response: { status: 200, body: 'done' },
      raw: { request: { method: 'POST', url: REQUEST.url, body: 'invoice' }, response: { body: 'done' } },
    });
    expect(sent).toEqual(['t1 x invoice']);
  });

  it.each([
    ['PROVEN', false],
    ['DOUBTFUL', true],
  ] as const)('repeats the same request once after a refusal that is %s', async (refusal, doubtful) => {
    const { account, send, tokens, sent } = vendor([response(419, ''), response(200, 'done')], refusal);
    expect(await callWithToken(account, send, tokens, REQUEST)).toMatchObject({ token: 't2', doubtful });
    expect(sent).toEqual(['t1 x invoice', 't2 x invoice']);
  });

  it('takes a second refusal for the answer', async () => {
    const { account, send, tokens, sent } = vendor([response(419, 'a'), response(419, 'b'), response(200, '')]);
    expect(await callWithToken(account, send, tokens, REQUEST)).toMatchObject({ response: { status: 419, body: 'b' } });
    expect(sent).toHaveLength(2);
  });

  it.each([
    ['PROVEN', new SendNotSentError('off'), { outcome: 'NOT_ISSUED', proof: 'NEVER_SENT' }],
    ['PROVEN', new SendTimeoutError('slow'), { outcome: 'UNKNOWN', reason: 'TIMEOUT' }],
    ['DOUBTFUL', new SendNotSentError('off'), { outcome: 'UNKNOWN', reason: 'NETWORK' }],
    ['DOUBTFUL', new SendNetworkError('reset'), { outcome: 'UNKNOWN', reason: 'NETWORK' }],
  ] as const)('%s, then %s', async (refusal, error, expected) => {
    const { account, send, tokens } = vendor([response(419, ''), error], refusal);
    const thrown = await caught(callWithToken(account, send, tokens, REQUEST));
    expect(thrown).toBeInstanceOf(LostCallError);
    expect(unansweredOutcome(thrown as LostCallError)).toMatchObject(expected);
  });

  it.each([
    ['PROVEN', response(403, ''), { outcome: 'REFUSED', permanent: false, code: 'C403', httpStatus: 403 }],
    ['PROVEN', response(502, ''), { outcome: 'NOT_ISSUED', proof: 'NEVER_SENT' }],
    ['DOUBTFUL', response(403, ''), { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['DOUBTFUL', response(502, ''), { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['DOUBTFUL', new SendNotSentError('off'), { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
  ] as const)('%s, then a login that fails', async (refusal, login, expected) => {
    const { account, send, tokens } = vendor([response(419, '')], refusal, login);
    const thrown = await caught(callWithToken(account, send, tokens, REQUEST));
    expect(thrown).toBeInstanceOf(LoginError);
    expect(unansweredOutcome(thrown as LoginError)).toMatchObject(expected);
  });
});

describe('logIn', () => {
  it('counts the life of a token from before the request', async () => {
    const { account, send } = vendor([response(200, '')]);
    expect(await logIn(account, send, 1_000)).toEqual({ token: 't1', expiresAtMs: 101_000 });
  });

  it.each([
    [response(403, 'body with a token'), { refused: true, code: 'C403', httpStatus: 403 }],
    [response(429, '', { 'retry-after': '3' }), { refused: false, code: 'C429', retryAfterMs: 3_000 }],
    [new SendTimeoutError('slow'), { refused: false, code: 'TOKEN_UNAVAILABLE', httpStatus: 0 }],
  ])('fails without a word of its body in the record', async (login, expected) => {
    const { account, send } = vendor([], 'NO', login);
    const thrown = await caught(logIn(account, send, 0));
    expect(thrown).toMatchObject({ name: 'LoginError', doubtful: false, ...expected });
    expect(JSON.stringify((thrown as LoginError).raw)).not.toMatch(/secret|token"/);
    expect((thrown as LoginError).raw.request).toEqual({ method: 'POST', url: 'https://vendor.vn/login' });
    expect((thrown as LoginError).raw.response?.body ?? '').toBe('');
  });
});
