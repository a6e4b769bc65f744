import { SendNetworkError, SendNotSentError, SendTimeoutError } from '@nx/contracts';
import type { SendResponse } from '@nx/contracts';
import { describe, expect, it } from 'vitest';
import { calculateInvoice } from '../../calculation/calculate-invoice';
import { negateInvoice } from '../../calculation/negate-invoice';
import { InvalidInvoiceError } from '../../problem';
import { signer } from '../../signature/certificates.fixture';
import { verifyInvoice } from '../../signature/verify-document';
import { isMessage, parseTvanMessage } from '../../t-van/message';
import { CODE } from '../../t-van/messages.fixture';
import { parseHDon } from '../../xml/hdon';
import { SALE } from '../../xml/hdon.fixture';
import type { AdjustRequest, IssueRequest, IssuerConnection } from '../issuer';
import { ISSUERS } from '../issuers';
import { TVAN_DIRECT } from './adapter';
import {
  coded,
  CONNECTION,
  error,
  ID,
  KEY,
  NOW,
  ok,
  PEM,
  refused,
  REGISTER,
  reply,
  REQUEST,
  seller,
  SELLER,
  TOKENS,
  transport,
  UNCODED,
  valid,
} from './samples.fixture';

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
