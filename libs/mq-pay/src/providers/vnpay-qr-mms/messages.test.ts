import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import vectors from '../../../../../test/vectors/vnpay.json';
import { QR_MMS_CALLBACKS } from './callback';
import { md5 } from './qr-mms.fixture';
import { QrMmsMessageError, readQrMmsMessage, writeQrMmsMessage } from './message-codec';
import { messageChecksum } from './message-layout';
import type { QrMmsMessageField, QrMmsMessageLayout, QrMmsMessageValues } from './message-layout';
import {
  CALLBACK,
  CHECK_REQUEST,
  CREATE_REQUEST,
  CREATE_RESPONSE,
  QR_MMS_MESSAGES,
  REFUND_REQUEST,
  REFUND_RESPONSE,
} from './messages';

/** Every layout under one type; the tests read member names from the layouts themselves. */
const LAYOUTS: Readonly<Record<string, QrMmsMessageLayout<string>>> = QR_MMS_MESSAGES;
const named = Object.entries(LAYOUTS);

/** Field and problem of the error. */
function refusal(act: () => unknown): { field: string; problem: string } {
  try {
    throw new TypeError(`no error, but ${JSON.stringify(act())}`);
  } catch (error) {
    if (error instanceof QrMmsMessageError) return { field: error.field, problem: error.problem };
    throw error;
  }
}

const CREATE: QrMmsMessageValues<(typeof CREATE_REQUEST)['fields'][number]['name']> = {
  appId: 'MERCHANT',
  merchantName: 'VNPAY TEST',
  serviceCode: '03',
  countryCode: 'VN',
  masterMerCode: 'A000000775',
  merchantType: '9999',
  merchantCode: '88888888',
  payloadFormat: '',
  terminalId: 'PSSTEST',
  payType: '03',
  productId: '',
  txnId: 'VNP_TEST888',
  billNumber: 'VNP_TEST888',
  amount: '100000',
  tipAndFee: '',
  ccy: '704',
  expDate: '',
  desc: 'a|b is not signed',
  consumerID: '',
  purpose: '',
};
const KEY = 'vnpay@MERCHANT';

describe('published checksums', () => {
  const { create, createResponse, check, refund, refundResponse, callback } = vectors.qrMms;

  it.each(create.map((vector, index) => [vector.checksum, vector, index === 0 ? '' : '2512312359'] as const))(
    'createQrcode %s',
    (checksum, vector, expDate) => {
      expect(messageChecksum(CREATE_REQUEST, { ...CREATE, expDate }, vector.key)).toBe(checksum);
      const signed = CREATE_REQUEST.covered.map((name) => ({ ...CREATE, expDate })[name]).join('|');
      if (vector.signed !== undefined) expect(`${signed}|${vector.key}`).toBe(vector.signed);
      expect(md5(`${signed}|${vector.key}`).toUpperCase()).toBe(checksum);
    },
  );

  it.each(createResponse)('answer to createQrcode $checksum', ({ key, ...answer }) => {
    const { published: _published, ...wire } = answer;
    expect(readQrMmsMessage(CREATE_RESPONSE, JSON.stringify(wire), key)).toEqual({
      code: '00',
      message: 'Success',
      data: wire.data,
      url: null,
    });
    expect(JSON.parse(writeQrMmsMessage(CREATE_RESPONSE, wire, key))).toEqual(wire);
    expect(refusal(() => readQrMmsMessage(CREATE_RESPONSE, JSON.stringify({ ...wire, url: '' }), key)).problem).toBe(
      'BAD_CHECKSUM',
    );
  });

  it.each(check)('CheckTrans $checksum', ({ key, signed, checksum }) => {
    const [payDate = '', txnId = '', merchantCode = '', terminalID = ''] = signed.split('|');
    const body = writeQrMmsMessage(CHECK_REQUEST, { txnId, merchantCode, terminalID, payDate }, key);
    expect(body).toBe(JSON.stringify({ txnId, merchantCode, terminalID, payDate, checkSum: checksum }));
    expect(readQrMmsMessage(CHECK_REQUEST, body.replace(checksum, checksum.toUpperCase()), key).txnId).toBe(
      'SCSREWITSP',
    );
  });

  it.each(refund)('refund $checksum', ({ key, checksum, published: _published, ...values }) => {
    const body = writeQrMmsMessage(REFUND_REQUEST, { ...values, refundContent: 'x' }, key);
    expect(body).toContain('"refundTxnId":575214,');
    expect(JSON.parse(body)).toMatchObject({ checkSum: checksum });
    expect(readQrMmsMessage(REFUND_REQUEST, body, key)).toEqual({ ...values, refundContent: 'x' });
  });

  it.each(refundResponse)(
    'answer to a refund $checksum, with any key',
    ({ checksum, published: _published, ...values }) => {
      const body = JSON.stringify({ ...values, checkSum: checksum });
      expect(readQrMmsMessage(REFUND_RESPONSE, body, 'any')).toEqual(values);
      expect(JSON.parse(writeQrMmsMessage(REFUND_RESPONSE, values, 'other'))).toMatchObject({ checkSum: checksum });
    },
  );

  it.each(callback)('callback $checksum', ({ key, signed, checksum }) => {
    const texts = signed.split('|');
    const covered = Object.fromEntries(CALLBACK.covered.map((name, at) => [name, texts[at] ?? '']));
    const values = { ...empty(CALLBACK), ...covered };
    expect(texts).toHaveLength(CALLBACK.covered.length + 1);
    expect(JSON.parse(writeQrMmsMessage(CALLBACK, values, key))).toMatchObject({ checksum });
  });

  it('refuse the sample of the documents whose key nobody knows', () => {
    const sample = {
      ...empty(CALLBACK),
      code: '00',
      msgType: '1',
      txnId: 'B',
      qrTrace: '1',
      bankCode: 'VCB',
      amount: '1000000',
      payDate: '20170505093009',
      merchantCode: '1',
    };
    const body = JSON.stringify({ ...sample, checksum: '81F77683FEA4EBE2CE748AFC99CC3AE9' });
    expect(refusal(() => readQrMmsMessage(CALLBACK, body, KEY))).toEqual({
      field: 'checksum',
      problem: 'BAD_CHECKSUM',
    });
  });
});

describe('a JSON null', () => {
  it('counts as the word where the vendor’s clients send it', () => {
    const values = { ...CREATE, txnId: null };
    const signed = CREATE_REQUEST.covered.map((name) => values[name] ?? 'null').join('|');
    expect(signed).toContain('|03||null|100000|');
    const body = writeQrMmsMessage(CREATE_REQUEST, values, KEY);
    expect(JSON.parse(body)).toMatchObject({ txnId: null, checksum: md5(`${signed}|${KEY}`).toUpperCase() });
    expect(readQrMmsMessage(CREATE_REQUEST, body, KEY)).toEqual(values);
  });

  it('counts as nothing in a callback', () => {
    const values = { ...sampleOf(CALLBACK), mobile: null, accountNo: null };
    expect(messageChecksum(CALLBACK, values, 'k')).toBe(
      messageChecksum(CALLBACK, { ...values, mobile: '', accountNo: '' }, 'k'),
    );
  });
});

describe('the field tables', () => {
  const table: readonly (readonly [QrMmsMessageLayout<string>, string])[] = [
    [
      CREATE_REQUEST,
      'appId 100 M, merchantName 25 M, serviceCode 20 M, countryCode 2 M, masterMerCode 100 M, merchantType 9 M, ' +
        'merchantCode 20 M, payloadFormat 0, terminalId 8 M, payType 4 M, productId 20, txnId 15, billNumber 20, ' +
        'amount 13 M, tipAndFee 20, ccy 3 M, expDate 14, desc 19, consumerID 20, purpose 19',
    ],
    [
      CALLBACK,
      'code 10 M, message 100, msgType 10 M, txnId 20 M, qrTrace 10 M, bankCode 20 M, mobile 20, accountNo 30, ' +
        'amount 13 M, payDate 14 M, masterMerCode 100, merchantCode 20 M, terminalId 8, ccy 3',
    ],
  ];
  it.each(table)('are the vendor’s', (layout, fields) => {
    const mine = layout.fields.map(({ name, maximum, mandatory }) => `${name} ${maximum}${mandatory ? ' M' : ''}`);
    expect(mine.join(', ')).toBe(fields);
  });

  const rows = named.flatMap(([title, layout]) =>
    layout.fields.map((field) => [title, field.name, layout, field] as const),
  );
  it.each(rows)('hold %s to the limits of %s', (_title, name, layout, field) => {
    const values = sampleOf(layout);
    const withValue =
      (value: string | null): (() => unknown) =>
      () =>
        writeQrMmsMessage(layout, { ...values, [name]: value }, KEY);
    expect(refusal(withValue('1'.repeat(field.maximum + 1)))).toEqual({ field: name, problem: 'TOO_LONG' });
    if (field.mandatory) {
      expect(refusal(withValue(''))).toEqual({ field: name, problem: 'MISSING' });
      expect(refusal(withValue(null))).toEqual({ field: name, problem: 'MISSING' });
    }
    if (field.pattern !== undefined)
      expect(refusal(withValue('\u0001'))).toEqual({
        field: name,
        problem: field.maximum < 1 ? 'TOO_LONG' : 'BAD_VALUE',
      });
    const joined = layout.covered.includes(name) && layout.style.startsWith('JOINED');
    if (joined && field.pattern === undefined && field.maximum > 0) {
      expect(refusal(withValue('|'))).toEqual({ field: name, problem: 'SEPARATOR' });
    }
  });

  it.each([
    ['01', 'txnId', 'txnId'],
    ['03', 'billNumber', 'billNumber'],
    ['04', 'consumerID', 'consumerID'],
    ['04', 'purpose', 'purpose'],
  ] as const)('payType %s makes %s mandatory', (payType, name, field) => {
    const full = { ...CREATE, payType, consumerID: 'C', purpose: 'P' };
    expect(readQrMmsMessage(CREATE_REQUEST, writeQrMmsMessage(CREATE_REQUEST, full, KEY), KEY)).toEqual(full);
    expect(refusal(() => writeQrMmsMessage(CREATE_REQUEST, { ...full, [name]: '' }, KEY))).toEqual({
      field,
      problem: 'MISSING',
    });
    expect(refusal(() => writeQrMmsMessage(CREATE_REQUEST, { ...full, [name]: null }, KEY)).field).toBe(field);
  });

  it.each(['007', '00', '1.0', '1e3', '-1'])('take no amount that is written as %s', (amount) => {
    expect(refusal(() => writeQrMmsMessage(CREATE_REQUEST, { ...CREATE, amount }, KEY))).toEqual({
      field: 'amount',
      problem: 'BAD_VALUE',
    });
  });

  it('let other kinds of payment without further rules pass', () => {
    const values = { ...CREATE, payType: '02', txnId: '', billNumber: '' };
    expect(readQrMmsMessage(CREATE_REQUEST, writeQrMmsMessage(CREATE_REQUEST, values, KEY), KEY)).toEqual(values);
  });
});

describe('readQrMmsMessage', () => {
  const body = (change: object): string => {
    const written = JSON.parse(writeQrMmsMessage(CHECK_REQUEST, sampleOf(CHECK_REQUEST), KEY)) as object;
    return JSON.stringify({ ...written, ...change });
  };

  it.each([
    ['noise', 'x', '', 'NOT_JSON'],
    ['a list', '[]', '', 'NOT_JSON'],
    ['null', 'null', '', 'NOT_JSON'],
    ['a flood', `{"a":"${'x'.repeat(70_000)}"}`, '', 'NOT_JSON'],
    ['a member twice', '{"txnId":"A","txnId":"B"}', '', 'NOT_JSON'],
    ['a deep nest', '['.repeat(60_000), '', 'NOT_JSON'],
    ['an empty object', '{}', 'txnId', 'MISSING'],
    ['a list as reference', body({ txnId: ['A'] }), 'txnId', 'BAD_TYPE'],
    ['true as reference', body({ txnId: true }), 'txnId', 'BAD_TYPE'],
    ['no checksum', body({ checkSum: undefined }), 'checkSum', 'MISSING'],
    ['an empty checksum', body({ checkSum: '' }), 'checkSum', 'MISSING'],
    ['a null checksum', body({ checkSum: null }), 'checkSum', 'MISSING'],
    ['the other spelling', body({ checkSum: undefined, checksum: 'x' }), 'checkSum', 'MISSING'],
    ['a checksum that is none', body({ checkSum: 'x' }), 'checkSum', 'BAD_CHECKSUM'],
    ['a checksum that is an object', body({ checkSum: {} }), 'checkSum', 'BAD_TYPE'],
  ])('refuses %s', (_what, text, field, problem) => {
    expect(refusal(() => readQrMmsMessage(CHECK_REQUEST, text, KEY))).toEqual({ field, problem });
  });

  it('says it in words', () => {
    expect(() => readQrMmsMessage(CHECK_REQUEST, 'x', KEY)).toThrow('The message: NOT_JSON');
    expect(() => readQrMmsMessage(CHECK_REQUEST, '{}', KEY)).toThrow('txnId: MISSING');
    expect(() => readQrMmsMessage(CHECK_REQUEST, '{}', KEY)).toThrow(RangeError);
  });

  it('ignores members that it does not know, a secret key among them', () => {
    const text = writeQrMmsMessage(CALLBACK, sampleOf(CALLBACK), KEY, {
      addData: [{ qty: 1 }],
      secretKey: 'shown',
      name: 'A',
    });
    expect(JSON.parse(text)).toMatchObject({ addData: [{ qty: 1 }], secretKey: 'shown' });
    expect(readQrMmsMessage(CALLBACK, text, KEY)).toEqual(sampleOf(CALLBACK));
    expect(refusal(() => readQrMmsMessage(CALLBACK, text, 'shown')).problem).toBe('BAD_CHECKSUM');
  });
});

/** Nothing in any member. */
function empty<Name extends string>(layout: QrMmsMessageLayout<Name>): QrMmsMessageValues<Name> {
  return Object.fromEntries(layout.fields.map(({ name }) => [name, ''])) as QrMmsMessageValues<Name>;
}

/** The shortest value that a member takes. */
const SAMPLES: Readonly<Record<string, string>> = {
  countryCode: 'VN',
  ccy: '704',
  payType: '03',
  billNumber: 'B',
  refundTxnId: '575214',
  typeRefund: '2',
  amount: '147000',
  debitAmount: '147000',
  realAmount: '140000',
  expDate: '2512312359',
  payloadFormat: '',
};
const times = (layout: QrMmsMessageLayout<string>): Readonly<Record<string, string>> => {
  const width = layout.fields.find(({ name }) => name === 'payDate')?.maximum;
  const payDate = { 10: '27/03/2024', 14: '20240327135624', 19: '27/03/2024 13:56:24' }[width ?? 0] ?? '';
  return { payDate, refundDate: '20240327135624' };
};

function sampleOf<Name extends string>(layout: QrMmsMessageLayout<Name>): QrMmsMessageValues<Name> {
  const known = { ...SAMPLES, ...times(layout) };
  return Object.fromEntries(layout.fields.map(({ name }) => [name, known[name] ?? 'A'])) as QrMmsMessageValues<Name>;
}

/** Any value that a member may have. */
function anyValue(field: QrMmsMessageField<string>, layout: QrMmsMessageLayout<string>): fc.Arbitrary<string | null> {
  const { name, maximum, pattern, mandatory, numeric } = field;
  const signed = layout.covered.includes(name) && layout.style.startsWith('JOINED');
  const free = fc
    .string({ unit: 'grapheme', minLength: mandatory ? 1 : 0, maxLength: maximum })
    .map((text) => (signed ? text.replaceAll('|', '/') : text))
    .filter((text) => Array.from(text).length <= maximum);
  const shaped =
    numeric === true
      ? fc.stringMatching(/^[1-9][0-9]{0,14}$/)
      : pattern === undefined
        ? free
        : fc.stringMatching(pattern).filter((text) => text.length <= maximum && !(signed && text.includes('|')));
  const value: fc.Arbitrary<string | null> = name === 'payType' ? fc.constantFrom('02', '99') : shaped;
  return mandatory ? value : fc.option(value);
}
const anyMessage = (layout: QrMmsMessageLayout<string>): fc.Arbitrary<QrMmsMessageValues<string>> =>
  fc.record(Object.fromEntries(layout.fields.map((field) => [field.name, anyValue(field, layout)])));

describe.each(named)('%s in both directions', (title, layout) => {
  const secret = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(anyMessage(layout), secret, (values, key) => {
        expect(readQrMmsMessage(layout, writeQrMmsMessage(layout, values, key), key)).toEqual(values);
      }),
    );
  });

  it('refuses another key, unless the vendor uses none', () => {
    const text = writeQrMmsMessage(layout, sampleOf(layout), KEY);
    const read = (): unknown => readQrMmsMessage(layout, text, `${KEY}x`);
    if (title === 'refundResponse') expect(read()).toEqual(sampleOf(layout));
    else expect(refusal(read)).toEqual({ field: layout.checksumName, problem: 'BAD_CHECKSUM' });
  });

  it('refuses every change of a covered member, and of the checksum', () => {
    const place = fc.record({
      name: fc.constantFrom(...layout.covered, layout.checksumName),
      at: fc.nat(),
      bit: fc.nat(6),
    });
    fc.assert(
      fc.property(anyMessage(layout), place, (values, { name, at, bit }) => {
        const members = JSON.parse(writeQrMmsMessage(layout, values, KEY)) as Record<string, unknown>;
        const before = Buffer.from(String(members[name] ?? ''));
        fc.pre(before.length > 0);
        const index = at % before.length;
        before[index] = (before[index] ?? 0) ^ (1 << bit);
        const after = before.toString();
        fc.pre(name !== layout.checksumName || after.toLowerCase() !== String(members[name]).toLowerCase());
        const changed = JSON.stringify({ ...members, [name]: after });
        expect(() => readQrMmsMessage(layout, changed, KEY)).toThrow(QrMmsMessageError);
      }),
    );
  });

  it('gives values or its own error for any text', () => {
    const noise = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.json({ maxDepth: 3 }),
      fc
        .record(Object.fromEntries(layout.fields.map(({ name }) => [name, fc.jsonValue({ maxDepth: 1 })])), {
          requiredKeys: [],
        })
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(noise, (text) => {
        expect(() => readQrMmsMessage(layout, text, KEY)).toThrow(QrMmsMessageError);
      }),
    );
  });
});

describe('VNPAY’s callback and our reader', () => {
  it('agree on every message that VNPAY can send', () => {
    const raw = (body: string) => ({ body, query: '', headers: {} });
    const anyCallback = anyMessage(CALLBACK);
    fc.assert(
      fc.property(anyCallback, (values) => {
        const text = writeQrMmsMessage(CALLBACK, values, KEY, { addData: 'x' });
        expect(QR_MMS_CALLBACKS.verifyCallback(raw(text), ['a', KEY])).toBe(1);
        expect(QR_MMS_CALLBACKS.parseCallback(raw(text))).toMatchObject({
          lookupKey: values['merchantCode'],
          attemptUid: values['txnId'],
          providerReference: values['qrTrace'],
          amountMinor: BigInt(values['amount'] ?? ''),
          code: values['code'],
        });
      }),
    );
  });
});
