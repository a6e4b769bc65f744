import { SendNetworkError, SendNotSentError, SendTimeoutError } from '@nx/contracts';
import type { Send, SendRequest, SendResponse } from '@nx/contracts';
import { describe, expect, it } from 'vitest';
import { calculateInvoice } from '../../calculate-invoice';
import { negateInvoice } from '../../negate-invoice';
import { InvalidInvoiceError } from '../../problem';
import { signer } from '../../signature/certificates.fixture';
import { verifyInvoice } from '../../signature/verify-document';
import { buildTvanMessage, isMessage, parseTvanMessage } from '../../t-van/message';
import { answer, check204, CODE, CODED_HDON, ERROR_999, HDON, OK_999 } from '../../t-van/messages.fixture';
import { parseHDon } from '../../xml/hdon';
import { DOCUMENT, SALE } from '../../xml/hdon.fixture';
import type { AdjustRequest, IssueRequest, IssuerConnection } from '../issuer';
import { ISSUERS } from '../issuers';
import { TokenCache } from '../token-cache';
import { TVAN_DIRECT } from './adapter';

const SELLER = signer();
const NOW = Date.parse('2026-11-20T02:00:00Z');
const TOKENS = new TokenCache({ now: () => NOW });
const ID = 'K01043597173F0B6F5E8A3C4F629A860B1C7F1F7D10';
const KEY = {
  taxCode: '0104359717',
  invoiceDate: '2026-11-20',
  requestId: '3f0b6f5e-8a3c-4f62-9a86-0b1c7f1f7d10',
  ownNumber: { number: '61' },
};
const REGISTER_KEY = {
  ...KEY,
  series: '1C26MYY',
  ownNumber: { number: '61', cashRegisterCode: 'M1-26-7FGBT-00000000315' },
};
const PEM = SELLER.key.export({ type: 'pkcs8', format: 'pem' }).toString();

const CONNECTION: IssuerConnection = {
  baseUrl: 'https://tvan.example/',
  clientId: 'client',
  clientSecret: 'a-secret',
  credentials: { signingKey: PEM, signingCertificate: SELLER.certificate.toString() },
  settings: { sendPath: '/messages', lookUpPath: '/answers', softwareTaxCode: '0101243150' },
};

const { seller, buyer, form, symbol, paymentMethod, invoice } = DOCUMENT;
const REQUEST: IssueRequest = {
  key: KEY,
  seller,
  buyer,
  form,
  symbol,
  paymentMethod,
  invoice,
  autoRelease: true,
  autoSign: true,
  autoSendCqt: true,
};
const REGISTER: IssueRequest = { ...REQUEST, key: REGISTER_KEY, symbol: 'C26MYY' };
const UNCODED: IssueRequest = { ...REQUEST, symbol: 'K26TYY' };

/** Answers of the authority to the message of KEY. */
const ok = buildTvanMessage(answer('999', { TBao: { ...OK_999.TBao, MTDiep: ID } }, 1, ID));
const error = buildTvanMessage(answer('999', { TBao: { ...ERROR_999.TBao, MTDiep: ID } }, 2, ID));
const coded = buildTvanMessage(answer('202', { HDon: [CODED_HDON] }, 3, ID));
const codedOther = buildTvanMessage(answer('202', { HDon: [CODED_HDON.replace('>61<', '>62<')] }, 3, ID));
const valid = buildTvanMessage(answer('204', check204('2'), 4, ID));
const refused = buildTvanMessage(
  answer('204', check204('3', { others: ['<LDo><MLoi>30005</MLoi><MTLoi>Sai MST</MTLoi></LDo>'] }), 4, ID),
);

function transport(reply: SendResponse | Error) {
  const calls: SendRequest[] = [];
  const send: Send = async (request) => {
    calls.push(request);
    await Promise.resolve();
    if (reply instanceof Error) throw reply;
    return reply;
  };
  return { send, calls };
}

const reply = (body: string, status = 200): SendResponse => ({ status, headers: {}, body });

async function issue(request: IssueRequest, answered: SendResponse | Error, connection = CONNECTION) {
  const { send, calls } = transport(answered);
  const outcome = await TVAN_DIRECT.issue(request, connection, send, TOKENS);
  return { outcome, calls };
}

async function problems(request: IssueRequest, connection = CONNECTION): Promise<string[]> {
  const { send, calls } = transport(reply(''));
  try {
    await TVAN_DIRECT.issue(request, connection, send, TOKENS);
    return [];
  } catch (caught) {
    expect(calls).toEqual([]);
    if (caught instanceof InvalidInvoiceError) return caught.problems.map(({ pointer }) => pointer);
    throw caught;
  }
}

describe('sending', () => {
  it.each([
    ['200', REQUEST, true],
    ['203', UNCODED, true],
    ['206', REGISTER, false],
  ] as const)('message %s', async (kind, request, signed) => {
    const { outcome, calls } = await issue(request, reply(''));
    expect(outcome).toMatchObject({ outcome: 'UNKNOWN', reason: 'PENDING' });
    expect(calls).toMatchObject([
      {
        method: 'POST',
        url: 'https://tvan.example/messages',
        headers: {
          authorization: `Basic ${Buffer.from('client:a-secret').toString('base64')}`,
          'content-type': 'application/xml; charset=utf-8',
        },
        timeoutMs: 60_000,
      },
    ]);
    const message = parseTvanMessage(calls[0]?.body ?? '');
    expect(message.TTChung).toEqual({
      PBan: '2.1.0',
      MNGui: 'K0104359717',
      MNNhan: 'TCT',
      MLTDiep: kind,
      MTDiep: ID,
      MST: '0104359717',
      SLuong: '1',
    });
    const [document = ''] = isMessage(message, kind) ? message.DLieu.HDon : [];
    const read = parseHDon(document);
    expect(read.DLHDon.TTChung).toMatchObject({
      SHDon: '61',
      KHHDon: request.symbol,
      MSTTCGP: '0101243150',
      NLap: '2026-11-20',
    });
    expect(read.MCCQT?.text).toBe(signed ? undefined : 'M1-26-7FGBT-00000000315');
    expect(read.DSCKS === undefined).toBe(!signed);
    if (!signed) return;
    const verified = verifyInvoice(document, { trust: SELLER.certificate, taxCode: '0104359717' });
    expect(verified.signingTime?.getTime()).toBe(NOW);
    expect(JSON.stringify(outcome)).not.toContain('a-secret');
  });

  it('is the same message when it is sent again', async () => {
    const [first, second] = [await issue(REQUEST, reply('')), await issue(REQUEST, reply(''))];
    expect(second.calls[0]?.body).toBe(first.calls[0]?.body);
  });

  it('follows its settings', async () => {
    const settings = {
      sendPath: '/x',
      sender: 'V0100109106',
      receiver: 'V0101243150',
      envelopeVersion: '2.0.0',
      documentVersion: '2.2.0',
      authorization: 'BEARER',
      coverSigningTime: false,
      timeoutMs: 5,
      contentType: 'text/xml',
    };
    const { calls } = await issue(REQUEST, reply(''), { ...CONNECTION, settings });
    expect(calls[0]).toMatchObject({
      url: 'https://tvan.example/x',
      headers: { authorization: 'Bearer a-secret', 'content-type': 'text/xml' },
      timeoutMs: 5,
    });
    const message = parseTvanMessage(calls[0]?.body ?? '');
    expect(message.TTChung).toMatchObject({
      PBan: '2.0.0',
      MNGui: 'V0100109106',
      MNNhan: 'V0101243150',
      MTDiep: `V0100109106${ID.slice(11)}`,
    });
    const [document = ''] = isMessage(message, '200') ? message.DLieu.HDon : [];
    expect(document).toContain('<PBan>2.2.0</PBan>');
    expect(document).toContain('<MSTTCGP>0104359717</MSTTCGP>');
    expect(document.match(/<Reference /g)).toHaveLength(1);
    const none = await issue(REQUEST, reply(''), {
      ...CONNECTION,
      settings: { sendPath: '/x', authorization: 'NONE' },
    });
    expect(none.calls[0]?.headers['authorization']).toBeUndefined();
  });

  it('links corrections to their original', async () => {
    const { send, calls } = transport(reply(''));
    const adjustment: AdjustRequest = {
      ...REQUEST,
      invoice: negateInvoice(REQUEST.invoice),
      origin: 'ADJUSTMENT',
      original: { form: 1, symbol: 'C26TYY', number: '60', date: '2026-11-19' },
      reason: 'Trả hàng',
    };
    const outcome = await TVAN_DIRECT.adjust?.(adjustment, CONNECTION, send, TOKENS);
    expect(outcome).toMatchObject({ outcome: 'UNKNOWN', reason: 'PENDING' });
    expect(calls[0]?.body).toContain(
      '<TTHDLQuan><TCHDon>2</TCHDon><LHDCLQuan>1</LHDCLQuan><KHMSHDCLQuan>1</KHMSHDCLQuan><KHHDCLQuan>C26TYY</KHHDCLQuan><SHDCLQuan>60</SHDCLQuan>',
    );
    expect(calls[0]?.body).toContain('<TTruong>Lý do</TTruong><KDLieu>string</KDLieu><DLieu>Trả hàng</DLieu>');
  });

  it('sends nothing that it cannot write', async () => {
    const direct = calculateInvoice({
      ...SALE,
      taxMethod: 'DIRECT',
      lines: [{ name: 'Phở', unitPrice: '50000', directCategory: 'SERVICE_WITH_GOODS' }],
    });
    expect(await problems({ ...REQUEST, form: 2, invoice: direct })).toEqual([]);
    expect(await problems({ ...REQUEST, key: { ...KEY, ownNumber: undefined } })).toEqual(['/key/ownNumber']);
    expect(await problems({ ...REQUEST, symbol: 'K26MYY' })).toEqual(['/symbol']);
    expect(await problems({ ...REQUEST, symbol: 'C26LYY' })).toEqual(['/symbol']);
    expect(await problems({ ...REQUEST, symbol: 'C25TYY' })).toEqual(['/HDon/DLHDon/TTChung/KHHDon']);
    expect(await problems({ ...REGISTER, key: KEY })).toEqual(['/HDon/MCCQT']);
    expect(await problems({ ...REQUEST, autoSendCqt: false })).toEqual(['/autoSendCqt']);
    expect(await problems({ ...REQUEST, autoSign: false })).toEqual(['/autoSign']);
    expect(await problems({ ...REQUEST, seller: { ...seller, name: 'a\u0001' } })).toEqual([
      '/HDon/DLHDon/NDHDon/NBan/Ten',
    ]);
    const connection = (changes: Partial<IssuerConnection>) => problems(REQUEST, { ...CONNECTION, ...changes });
    expect(await connection({ settings: {} })).toEqual(['/settings/sendPath']);
    expect(await connection({ settings: { sendPath: '/x', sender: 'K1' } })).toEqual(['/settings/sender']);
    expect(await connection({ settings: { sendPath: '/x', url: 1 } })).toEqual(['/settings/url']);
    expect(await connection({ credentials: {} })).toEqual(['/credentials']);
    expect(await connection({ credentials: { signingKey: 'x', signingCertificate: 'y' } })).toEqual([
      '/credentials/signingKey',
    ]);
    expect(await connection({ credentials: { signingKey: PEM, signingCertificate: 'y' } })).toEqual(['/credentials']);
    const other = signer().certificate.toString();
    expect(await connection({ credentials: { signingKey: PEM, signingCertificate: other } })).toEqual(['/credentials']);
  });
});

describe('what the answer to the sending proves', () => {
  const cases: [string, IssueRequest, SendResponse | Error, object][] = [
    ['words that are no message', REQUEST, reply('{"ok":true}'), { outcome: 'UNKNOWN', reason: 'PENDING' }],
    ['an acknowledgement', REQUEST, reply(ok), { outcome: 'UNKNOWN', reason: 'PENDING' }],
    [
      'a technical error',
      REQUEST,
      reply(error),
      { outcome: 'REFUSED', permanent: true, code: '001', message: 'Sai định dạng', httpStatus: 200 },
    ],
    [
      'a code at once',
      REQUEST,
      reply(`<DuLieu>${ok}${coded}</DuLieu>`),
      { outcome: 'ISSUED', invoiceNumber: '61', cqtCode: CODE },
    ],
    [
      'an accepted check of a cash register',
      REGISTER,
      reply(valid),
      { outcome: 'ISSUED', invoiceNumber: '61', cqtCode: 'M1-26-7FGBT-00000000315' },
    ],
    [
      'a refused check of a cash register',
      REGISTER,
      reply(refused),
      { outcome: 'REFUSED', permanent: true, code: '30005', message: 'Sai MST' },
    ],
    ['an accepted check without code', UNCODED, reply(valid), { outcome: 'ISSUED', invoiceNumber: '61' }],
    ['status 202', REQUEST, reply('', 202), { outcome: 'UNKNOWN', reason: 'PENDING' }],
    ['status 400', REQUEST, reply('', 400), { outcome: 'REFUSED', permanent: true, code: 'HTTP_400' }],
    ['status 401', REQUEST, reply('', 401), { outcome: 'REFUSED', permanent: false, code: 'HTTP_401' }],
    ['status 409', REQUEST, reply('', 409), { outcome: 'UNKNOWN', reason: 'DUPLICATE_REQUEST' }],
    ['status 429', REQUEST, reply('', 429), { outcome: 'NOT_ISSUED', proof: 'RATE_LIMITED' }],
    ['status 302', REQUEST, reply('', 302), { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['status 500 with a code', REQUEST, reply(coded, 500), { outcome: 'UNKNOWN', reason: 'SERVER_ERROR' }],
    ['no time left', REQUEST, new SendTimeoutError('slow'), { outcome: 'UNKNOWN', reason: 'TIMEOUT' }],
    ['a broken connection', REQUEST, new SendNetworkError('reset'), { outcome: 'UNKNOWN', reason: 'NETWORK' }],
    ['nothing sent', REQUEST, new SendNotSentError('refused'), { outcome: 'NOT_ISSUED', proof: 'NEVER_SENT' }],
  ];
  it.each(cases)('%s', async (_, request, answered, expected) => {
    expect((await issue(request, answered)).outcome).toMatchObject(expected);
  });
});

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

describe('the connection', () => {
  const test = async (answered: SendResponse | Error, changes: Partial<IssuerConnection> = {}) => {
    const { send } = transport(answered);
    return TVAN_DIRECT.testConnection({ ...CONNECTION, ...changes }, send);
  };

  it('is good where key and certificate fit and a question may be asked', async () => {
    expect(await test(reply(''))).toEqual({ ok: true });
    expect(await test(reply('', 404))).toEqual({ ok: true });
    expect(await test(reply('', 401))).toEqual({ ok: false, reason: 'status 401' });
    expect(await test(reply('', 500))).toEqual({ ok: false, reason: 'status 500' });
    expect(await test(new SendNotSentError('down'))).toEqual({ ok: false, reason: 'down' });
    expect(await test(reply(''), { settings: { sendPath: '/x' } })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('lookUpPath'),
    });
    expect(await test(reply(''), { credentials: {} })).toMatchObject({
      ok: false,
      reason: expect.stringContaining('signingKey'),
    });
    const other = signer().certificate.toString();
    expect(await test(reply(''), { credentials: { signingKey: PEM, signingCertificate: other } })).toEqual({
      ok: false,
      reason: 'signingKey is not that of signingCertificate',
    });
  });

  it('is in the list of issuers, with what it can', () => {
    expect(ISSUERS.get('TVAN')).toBe(TVAN_DIRECT);
    expect(TVAN_DIRECT.capabilities).toMatchObject({
      cancel: false,
      downloadPdf: false,
      downloadXml: false,
      lookUpProvesAbsence: false,
      sellerNumbers: true,
    });
    expect(TVAN_DIRECT.extraCredentials).toEqual(['signingKey', 'signingCertificate']);
  });
});
