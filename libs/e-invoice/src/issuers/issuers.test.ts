import { SendNetworkError, SendNotSentError, SendTimeoutError, type Send } from '@nx/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ISSUERS } from './issuers';
import type { InvoiceIssuer, IssuerConnection } from './issuer';
import { TokenCache } from './token-cache';
import { adjustment, CONNECTION, KEY, request, response, SECRETS, soapAnswer } from './vendor-samples.fixture';

const OUTCOMES = ['ISSUED', 'REFUSED', 'NOT_ISSUED', 'UNKNOWN'];
const TOKEN = 'token-of-the-account';
const OWN_SETTINGS: Readonly<Record<string, Record<string, unknown>>> = {
  VIETTEL: { templateCode: '1/770' },
  VNPT: { pattern: '1/001' },
};
const issuers = [...ISSUERS.values()].filter(({ code }) => ['VNPAY', 'VIETTEL', 'MISA', 'VNPT'].includes(code));
const connectionOf = ({ code }: InvoiceIssuer): IssuerConnection => ({ ...CONNECTION, settings: OWN_SETTINGS[code] });

/** What every vendor's login is answered with; the one login that does not fit is not looked at. */
const LOGIN = JSON.stringify({
  success: true,
  code: '00',
  access_token: TOKEN,
  data: TOKEN,
});
const LOGINS: Readonly<Record<string, string>> = {
  VNPAY: JSON.stringify({ code: '00', data: { accessToken: TOKEN } }),
  VIETTEL: LOGIN,
  MISA: JSON.stringify({ success: true, data: TOKEN }),
};
const isLogin = (url: string): boolean => /\/(token|login)$/.test(new URL(url).pathname);

/** The words with which vendors say success, in pieces, so that random answers come close to it. */
const member = fc.constantFrom(
  'code',
  'errorCode',
  'ErrorCode',
  'message',
  'data',
  'result',
  'success',
  'invoiceNo',
  'invoiceNumber',
  'publishInvoiceResult',
  'RefID',
  'InvNo',
  'PublishStatus',
  'supplierTaxCode',
  'fileToBytes',
  'accessToken',
);
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    '00',
    '',
    null,
    true,
    false,
    0,
    1,
    '404',
    'C26TAA12',
    '00000033',
    KEY.requestId,
    KEY.taxCode,
  ),
  fc.constantFrom<unknown>(
    'NOT_FOUND_DATA',
    'GENERAL',
    'TRANSACTION_UUID_INVALID',
    'InvoiceDuplicated',
    ...SECRETS,
    TOKEN,
  ),
  fc.string(),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(member, tie('tree'), { maxKeys: 5 }),
    fc.dictionary(member, tie('tree'), { maxKeys: 3 }).map((value) => JSON.stringify(value)),
    fc
      .array(fc.dictionary(member, tie('tree'), { maxKeys: 5 }), { maxLength: 2 })
      .map((value) => JSON.stringify(value)),
  ),
}));
const method = fc.constantFrom(
  'ImportAndPublishInv',
  'AdjustInvoiceAction',
  'listInvByCusFkey',
  'downloadInvPDFFkeyNoPay',
);
const line = fc.oneof(
  fc.constantFrom(`OK:1/001;C26TAA-${KEY.requestId}_12`, 'OK:1/001;C26TAA;12', '<Data/>', ...SECRETS),
  fc.nat(70).map((code) => `ERR:${code} ${SECRETS[2]}`),
  fc.string(),
);
const body = fc.oneof(
  tree.map((value) => JSON.stringify(value) ?? ''),
  fc.tuple(method, line).map(([name, text]) => soapAnswer(name, text).body),
  fc.tuple(tree, fc.nat(60)).map(([value, cut]) => (JSON.stringify(value) ?? '').slice(0, cut)),
  fc.constantFrom('', '<html><body>502 Bad Gateway</body></html>', `error for ${SECRETS.join(' ')} ${TOKEN}`),
);
const status = fc.oneof(
  fc.constant(200),
  fc.constantFrom(201, 204, 301, 302, 400, 401, 403, 404, 409, 429, 500, 502, 504),
);
const answer = fc.oneof(
  { weight: 9, arbitrary: fc.record({ status, body }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      new SendTimeoutError('slow'),
      new SendNetworkError(SECRETS[0]),
      new SendNotSentError('off'),
      new TypeError('ours'),
    ),
  },
);

function world(issuer: InvoiceIssuer, answers: readonly unknown[]) {
  let calls = 0;
  let last: unknown;
  const send: Send = async ({ url }) => {
    await Promise.resolve();
    if (isLogin(url)) return response(200, LOGINS[issuer.code] ?? '');
    last = answers[Math.min(calls, answers.length - 1)];
    calls += 1;
    if (last instanceof Error) throw last;
    const { status: code, body: text } = last as { status: number; body: string };
    return response(code, text, { 'retry-after': '7', 'set-cookie': `access_token=${TOKEN}` });
  };
  return { send, tokens: new TokenCache({ now: () => 0 }), calls: () => calls, last: () => last };
}

/** VNPT has no tokens, so no word of an answer is one. */
const silent = ({ code }: Pick<InvoiceIssuer, 'code'>, outcome: unknown): void => {
  const text = JSON.stringify(outcome);
  for (const secret of code === 'VNPT' ? SECRETS : [...SECRETS, TOKEN]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(JSON.stringify(secret).slice(1, -1));
  }
};

describe.each(issuers.map((issuer) => [issuer.code, issuer] as const))('%s', (_code, issuer) => {
  const connection = connectionOf(issuer);

  it('gives exactly one outcome for any answers, issued only with a number and status 200, and tells no secret', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 2 }), fc.boolean(), async (answers, adjusts) => {
        const { send, tokens, calls, last } = world(issuer, answers);
        const outcome = adjusts
          ? await issuer.adjust?.(adjustment(), connection, send, tokens)
          : await issuer.issue(request(), connection, send, tokens);
        expect(OUTCOMES).toContain(outcome?.outcome);
        expect(calls()).toBeLessThanOrEqual(2);
        if (outcome?.outcome === 'ISSUED') {
          expect(outcome.invoiceNumber).toMatch(/^(?!0+$)\w{1,20}$/);
          expect(last()).toMatchObject({ status: 200 });
        }
        if (last() instanceof Error && !(last() instanceof SendNotSentError)) expect(outcome?.outcome).toBe('UNKNOWN');
        if (!(last() instanceof Error) && (last() as { status: number }).status >= 500) {
          expect(outcome?.outcome).toBe('UNKNOWN');
        }
        silent(issuer, outcome);
      }),
    );
  });

  it('finds only with a number, and misses only by a readable answer of status 200, 400 or 404', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 2 }), async (answers) => {
        const { send, tokens, last } = world(issuer, answers);
        const outcome = await issuer.lookUp(KEY, connection, send, tokens);
        expect(['FOUND', 'NOT_FOUND', 'FAILED']).toContain(outcome.outcome);
        if (outcome.outcome === 'FOUND') expect(outcome.invoiceNumber).toMatch(/^(?!0+$)\w{1,20}$/);
        if (last() instanceof Error) expect(outcome.outcome === 'FAILED' || answers.length > 1).toBe(true);
        silent(issuer, outcome);
      }),
    );
  });

  it('downloads PDFs only, whatever comes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 3 }), async (answers) => {
        const { send, tokens } = world(issuer, answers);
        const outcome = await issuer.downloadPdf?.(KEY, connection, send, tokens);
        expect(['DOWNLOADED', 'NOT_FOUND', 'FAILED']).toContain(outcome?.outcome);
        silent(issuer, outcome);
      }),
    );
  });

  it('tests a connection without a throw and without a secret, whatever the login answers', async () => {
    await fc.assert(
      fc.asyncProperty(answer, async (login) => {
        const send: Send = async () => {
          await Promise.resolve();
          if (login instanceof Error) throw login;
          return response(login.status, login.body);
        };
        const result = await issuer.testConnection(connection, send);
        expect(typeof result.ok).toBe('boolean');
        // A login that failed gave no token that anyone could know.
        silent({ code: 'VNPT' }, result);
      }),
    );
  });

  it('refuses wrong settings before anything is sent, every one by its name', async () => {
    const { send, tokens, calls } = world(issuer, []);
    const wrong = { ...connection, settings: { timeoutMs: 'x', nonsense: 1 } };
    const issuing = issuer.issue(request(), wrong, send, tokens);
    await expect(issuing).rejects.toMatchObject({
      name: 'InvalidInvoiceError',
      problems: [{ pointer: '/settings/nonsense' }, { pointer: '/settings/timeoutMs' }],
    });
    expect(calls()).toBe(0);
  });

  it('declares what it is', () => {
    expect(ISSUERS.get(issuer.code)).toBe(issuer);
    expect(issuer.capabilities.cancel).toBe(false);
    expect(issuer.capabilities.adjust).toBe(issuer.adjust !== undefined);
    expect(issuer.capabilities.downloadPdf).toBe(issuer.downloadPdf !== undefined);
    expect(issuer.capabilities.longestProcessingMs).toBeGreaterThanOrEqual(60_000);
  });
});

describe('capabilities', () => {
  it('are declared as public sources show them', () => {
    const told = issuers.map(({ code, capabilities, extraCredentials }) => [
      code,
      capabilities.lookUpProvesAbsence,
      capabilities.cashRegister,
      capabilities.directReduction,
      extraCredentials.join(),
    ]);
    expect(told).toEqual([
      ['VNPAY', true, true, true, ''],
      ['VIETTEL', false, true, false, ''],
      ['MISA', true, true, false, 'appId'],
      ['VNPT', true, false, false, 'serviceUser,servicePassword'],
    ]);
  });
});
