import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildVnpayQr } from '../../emv/vnpay-profile';
import type { CreateRequest, QueryRequest, RefundRequest } from '../../provider';
import { createCall, createQr } from './create';
import { readQrMmsMessage, writeQrMmsMessage } from './message-codec';
import {
  CALLBACK,
  CHECK_REQUEST,
  CHECK_RESPONSE,
  CREATE_REQUEST,
  CREATE_RESPONSE,
  REFUND_REQUEST,
  REFUND_RESPONSE,
} from './messages';
import { QR_MMS_CALLBACKS } from './callback';
import { configurationOf, scripted, SECRETS } from './qr-mms.fixture';
import { queryPayment } from './query';
import { refundCall, refundPayment } from './refund';

/** What our adapter sends is read by VNPAY's side of the codec, and what that side answers by our adapter. */

const uid = fc.stringMatching(/^[A-Z0-9_]{1,15}$/);
const amount = fc.bigInt({ min: 1n, max: 9_999_999_999_999n });
const moment = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2090, 0) });
const configuration = configurationOf();

const createRequest: fc.Arbitrary<CreateRequest> = fc.record({
  configuration: fc.constant(configuration),
  attemptUid: uid,
  amountMinor: amount,
  currency: fc.constant('VND'),
  method: fc.constant('100_QR_CODE' as const),
  createdAtMs: fc.constant(0),
  expiresAtMs: moment,
  description: fc.string({ unit: 'grapheme' }),
});
const refundRequest: fc.Arbitrary<RefundRequest> = fc.record({
  configuration: fc.constant(configuration),
  refundReference: fc.stringMatching(/^[1-9][0-9]{0,14}$/),
  attemptUid: uid,
  providerReference: fc.stringMatching(/^[0-9]{1,10}$/),
  amountMinor: amount,
  paidMinor: fc.constant(10n ** 13n),
  refundedBeforeMinor: fc.constant(0n),
  currency: fc.constant('VND'),
  createdAtMs: fc.constant(0),
  paidAtMs: moment,
  requestedAtMs: moment,
  description: fc.string({ unit: 'grapheme', maxLength: 300 }),
});

const query = (attemptUid: string): QueryRequest => ({
  configuration,
  attemptUid,
  amountMinor: 1n,
  currency: 'VND',
  createdAtMs: Date.UTC(2026, 10, 20, 5),
  expiresAtMs: Date.UTC(2026, 10, 20, 5, 15),
  askedAtMs: Date.UTC(2026, 10, 20, 5, 20),
});

const qrOf = ({ attemptUid, amountMinor }: CreateRequest): string =>
  buildVnpayQr({ merchantCode: '88888888', amountMinor, initiation: 'DYNAMIC', billNumber: attemptUid });

describe('our requests', () => {
  it('to make a QR are read by VNPAY', () => {
    fc.assert(
      fc.property(createRequest, (request) => {
        const { body = '', headers } = createCall(configuration, request);
        const values = readQrMmsMessage(CREATE_REQUEST, body, SECRETS.createSecret);
        expect(headers['content-type']).toBe('text/plain; charset=utf-8');
        expect(values).toMatchObject({
          payType: '03',
          payloadFormat: '',
          txnId: request.attemptUid,
          billNumber: request.attemptUid,
          amount: request.amountMinor.toString(),
          ccy: '704',
          countryCode: 'VN',
        });
        // The end that VNPAY reads is the minute in which ours falls, or the next.
        const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = (values.expDate?.match(/../g) ?? []).map(Number);
        const lateMs = Date.UTC(2000 + year, month - 1, day, hour - 7, minute) - request.expiresAtMs;
        expect(lateMs >= 0 && lateMs < 60_000).toBe(true);
      }),
    );
  });

  it('about a payment are read by VNPAY', async () => {
    await fc.assert(
      fc.asyncProperty(uid, async (attemptUid) => {
        const { send, calls } = scripted({ code: '01' });
        await queryPayment(query(attemptUid), send);
        const values = readQrMmsMessage(CHECK_REQUEST, calls[0]?.body ?? '', SECRETS.checkSecret);
        expect(values).toEqual({
          txnId: attemptUid,
          merchantCode: '88888888',
          terminalID: 'PSSTEST',
          payDate: '20/11/2026',
        });
      }),
    );
  });

  it('for a refund are read by VNPAY', () => {
    fc.assert(
      fc.property(refundRequest, (request) => {
        const { body = '' } = refundCall(configuration, request);
        expect(readQrMmsMessage(REFUND_REQUEST, body, SECRETS.refundSecret)).toMatchObject({
          qrTrace: request.providerReference,
          payTxnId: request.attemptUid,
          refundTxnId: request.refundReference,
          typeRefund: request.amountMinor === request.paidMinor ? '1' : '2',
          amount: request.amountMinor.toString(),
        });
      }),
    );
  });
});

/** A member whose text differs by one bit, and the JSON with it. */
function flipped(body: string, name: string, at: number, bit: number): string | null {
  const members = JSON.parse(body) as Record<string, unknown>;
  const bytes = Buffer.from(String(members[name] ?? ''));
  if (bytes.length === 0) return null;
  const index = at % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
  const text = bytes.toString();
  const sameHex = /^check/i.test(name) && text.toLowerCase() === String(members[name]).toLowerCase();
  return sameHex ? null : JSON.stringify({ ...members, [name]: text });
}
const place = (names: readonly string[]) =>
  fc.record({ name: fc.constantFrom(...names), at: fc.nat(), bit: fc.nat(7) });

describe('VNPAY’s answer to a new QR', () => {
  const answer = (request: CreateRequest): string =>
    writeQrMmsMessage(
      CREATE_RESPONSE,
      { code: '00', message: 'Success', data: qrOf(request), url: null },
      SECRETS.createSecret,
      { isDelete: true, idQrcode: '5' },
    );

  it('is believed', async () => {
    await fc.assert(
      fc.asyncProperty(createRequest, async (request) => {
        const result = await createQr(request, scripted(answer(request)).send);
        expect(result).toMatchObject({ outcome: 'SUCCEEDED', qrContent: qrOf(request) });
      }),
    );
  });

  it('is not believed with one bit changed', async () => {
    const names = place([...CREATE_RESPONSE.covered.filter((name) => name !== 'url'), 'checksum']);
    await fc.assert(
      fc.asyncProperty(createRequest, names, async (request, { name, at, bit }) => {
        const changed = flipped(answer(request), name, at, bit);
        if (changed === null) return;
        const result = await createQr(request, scripted(changed).send);
        expect(result.outcome).not.toBe('SUCCEEDED');
        expect(result.qrContent).toBeUndefined();
      }),
    );
  });
});

describe('VNPAY’s answer about a payment', () => {
  const answer = (attemptUid: string): string =>
    writeQrMmsMessage(
      CHECK_RESPONSE,
      {
        code: '00',
        message: 'Success',
        masterMerchantCode: 'A000000775',
        merchantCode: '88888888',
        terminalID: 'PSSTEST',
        billNumber: attemptUid,
        txnId: attemptUid,
        payDate: '20/11/2026 12:03:04',
        qrTrace: '244395023',
        bankCode: 'VNPAYEWALLET',
        debitAmount: '100000',
        realAmount: '90000',
      },
      SECRETS.checkSecret,
    );

  it('is believed', async () => {
    await fc.assert(
      fc.asyncProperty(uid, async (attemptUid) => {
        const { evidence } = await queryPayment(query(attemptUid), scripted(answer(attemptUid)).send);
        expect(evidence).toMatchObject({
          verdict: 'PAID',
          signed: true,
          amountMinor: 100_000n,
          providerReference: '244395023',
          bankCode: 'VNPAYEWALLET',
          paidAtMs: Date.UTC(2026, 10, 20, 5, 3, 4),
        });
      }),
    );
  });

  it('proves nothing with one bit changed', async () => {
    await fc.assert(
      fc.asyncProperty(uid, place([...CHECK_RESPONSE.covered, 'checkSum']), async (attemptUid, { name, at, bit }) => {
        const changed = flipped(answer(attemptUid), name, at, bit);
        // The two references stand for each other: the checksum covers one of them, and the documents do not say which.
        if (changed === null || name === 'txnId') return;
        const { evidence } = await queryPayment(query(attemptUid), scripted(changed).send);
        expect(evidence.signed).toBe(false);
      }),
    );
  });
});

describe('VNPAY’s answer to a refund', () => {
  const answer = writeQrMmsMessage(
    REFUND_RESPONSE,
    { code: '00', message: 'Refund Success.', qrTraceRefund: '000000521', refundDate: '20170505093009' },
    'no secret is in it',
  );

  it('is a success that a report has to confirm', async () => {
    await fc.assert(
      fc.asyncProperty(refundRequest, async (request) => {
        expect(await refundPayment(request, scripted(answer).send)).toMatchObject({
          outcome: 'SUCCEEDED',
          refundOutcome: 'SUCCEEDED',
          toBeConfirmed: true,
          providerReference: '000000521',
        });
      }),
    );
  });

  it('is no success with one bit changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        refundRequest,
        place([...REFUND_RESPONSE.covered, 'checkSum']),
        async (request, { name, at, bit }) => {
          const changed = flipped(answer, name, at, bit);
          if (changed === null) return;
          const result = await refundPayment(request, scripted(changed).send);
          expect(result.outcome).toBe('UNKNOWN');
          expect(result.toBeConfirmed).toBe(false);
        },
      ),
    );
  });
});

describe('VNPAY’s callback', () => {
  const values = {
    code: '00',
    message: 'Thành công',
    msgType: '1',
    txnId: 'ATT0123456789AB',
    qrTrace: '244395023',
    bankCode: 'VNPAYEWALLET',
    mobile: '0912345678',
    accountNo: '97041234',
    amount: '100000',
    payDate: '20240327135624',
    masterMerCode: 'A000000775',
    merchantCode: '88888888',
    terminalId: 'PSSTEST',
    ccy: '704',
  };
  const body = writeQrMmsMessage(CALLBACK, values, SECRETS.callbackSecret, {
    addData: [{ qty: 1 }],
    secretKey: 'shown',
  });
  const verify = (text: string): number | null =>
    QR_MMS_CALLBACKS.verifyCallback({ body: text, query: '', headers: {} }, [SECRETS.callbackSecret]);

  it('is refused with one bit of a covered member changed, and not by what stands outside', () => {
    expect(verify(body)).toBe(0);
    fc.assert(
      fc.property(place([...CALLBACK.covered, 'checksum']), ({ name, at, bit }) => {
        const changed = flipped(body, name, at, bit);
        if (changed !== null) expect(verify(changed)).toBeNull();
      }),
    );
    for (const name of ['message', 'terminalId', 'masterMerCode', 'ccy', 'addData', 'secretKey']) {
      expect(verify(JSON.stringify({ ...(JSON.parse(body) as object), [name]: 'forged' }))).toBe(0);
    }
  });

  it('gives a value or its own error for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(verify(text)).toBeNull();
        expect(() => QR_MMS_CALLBACKS.parseCallback({ body: text, query: '', headers: {} })).toThrow(
          expect.objectContaining({ name: 'MalformedCallbackError' }),
        );
      }),
    );
  });
});
