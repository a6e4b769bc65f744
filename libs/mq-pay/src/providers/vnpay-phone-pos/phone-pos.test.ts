import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../configuration-error';
import type { CreateRequest, QueryRequest } from '../../provider';
import { QR_MMS_CALLBACK_SHAPE, QR_MMS_CALLBACKS } from '../vnpay-qr-mms/callback';
import { scripted, sentBody } from '../vnpay-qr-mms/qr-mms.fixture';
import { asPhonePos, parsePhonePosConfiguration } from './configuration';
import { phonePosProvider } from './provider';

const SETTINGS = { merchantCode: '88888888', terminalId: 'PHONE001' };
const WITH_CHECK = { ...SETTINGS, endpoints: { check: 'https://vnpay.example/check' } };
const SECRETS = { callbackSecret: 'k-callback', checkSecret: 'k-check' };
const NOON = Date.UTC(2026, 10, 20, 5);
const provider = phonePosProvider();

const plain = (change: object = {}) =>
  parsePhonePosConfiguration({ ...SETTINGS, ...change }, { callbackSecret: 'k-callback' }, 'PRODUCTION');
const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

function faults(parse: () => unknown): readonly string[] {
  try {
    parse();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map((problem) => problem.pointer).sort();
    throw error;
  }
  return [];
}

const createOf = (change: Partial<CreateRequest> = {}): CreateRequest => ({
  configuration: plain(),
  attemptUid: 'ATT0123456789AB',
  amountMinor: 100_000n,
  currency: 'VND',
  method: '400_PHONE_POS',
  createdAtMs: NOON,
  expiresAtMs: NOON + 900_000,
  description: '',
  ...change,
});

const queryOf = (change: Partial<QueryRequest> = {}): QueryRequest => ({
  configuration: parsePhonePosConfiguration(WITH_CHECK, SECRETS, 'PRODUCTION'),
  attemptUid: 'ATT0123456789AB',
  amountMinor: 100_000n,
  currency: 'VND',
  createdAtMs: NOON,
  expiresAtMs: NOON + 900_000,
  askedAtMs: NOON + 1_000_000,
  ...change,
});

describe('the configuration of the phone POS', () => {
  it('needs merchant, terminal and the secret of the callbacks', () => {
    const configuration = plain();
    expect(configuration.settings).toEqual({ ...SETTINGS, checkEndpoint: null, appLink: null });
    expect(configuration).toMatchObject({
      lookupKey: '88888888',
      terminal: 'PHONE001',
      callbackSecret: 'k-callback',
      settlementModel: 'DIRECT',
    });
    expect(configuration.secrets).toEqual({ callbackSecret: 'k-callback', checkSecret: null });
  });

  it.each([
    ['nothing', {}, {}, ['/credential/callbackSecret', '/tValue/merchantCode', '/tValue/terminalId']],
    ['CheckTrans without its secret', WITH_CHECK, { callbackSecret: 'k' }, ['/credential/checkSecret']],
    ['a secret without CheckTrans', SETTINGS, SECRETS, ['/credential/checkSecret']],
    [
      'an open line',
      { ...SETTINGS, endpoints: { check: 'http://vnpay.example/' } },
      SECRETS,
      ['/tValue/endpoints/check'],
    ],
    ['a long terminal', { ...SETTINGS, terminalId: '123456789' }, { callbackSecret: 'k' }, ['/tValue/terminalId']],
    ['a separator', { ...SETTINGS, merchantCode: 'a|b' }, { callbackSecret: 'k' }, ['/tValue/merchantCode']],
    ['an unknown setting', { ...SETTINGS, more: 1 }, { callbackSecret: 'k' }, ['/tValue/more']],
  ])('refuses %s', (_name, settings, secrets, pointers) => {
    expect(faults(() => parsePhonePosConfiguration(settings, secrets, 'PRODUCTION'))).toEqual(pointers);
  });

  it.each([
    'pos://pay',
    'pos://pay?r={reference}&x={secret}',
    'pos://pay?r={reference',
    'pos://pay?r={reference}}',
    'javascript:alert({reference})',
    'data:text/html,{reference}',
    '//host/{reference}',
    'pos://pay?r={reference} x',
  ])('refuses the link %s', (appLink) => {
    expect(faults(() => plain({ appLink }))).toEqual(['/tValue/appLink']);
  });

  it('never shows its secrets and is not taken for another provider’s', () => {
    const configuration = parsePhonePosConfiguration(WITH_CHECK, SECRETS, 'PRODUCTION');
    expect(JSON.stringify(configuration) + inspect(configuration, { depth: 9, showHidden: true })).not.toMatch(/k-/);
    expect(() => asPhonePos({ ...configuration } as never)).toThrow(ConfigurationError);
  });
});

describe('create', () => {
  it('hands the cashier the reference and asks nobody', async () => {
    const { send, calls } = scripted(new Error('nobody may be called'));
    const result = await provider.create(createOf(), send);
    expect(result).toEqual({
      outcome: 'SUCCEEDED',
      providerCode: '00',
      detail: 'Ready for the phone.',
      raw: { request: 'VNPAY_PHONE_POS CREATE ATT0123456789AB' },
      retry: false,
      fallbackAllowed: false,
      codeTableVersion: 'vnpay-phone-pos-1, after vnpay-qr-mms-1',
    });
    expect(calls).toHaveLength(0);
  });

  it('fills in the merchant’s link', async () => {
    const appLink = 'pos://pay?r={reference}&a={amount}&m={merchantCode}&t={terminalId}';
    const configuration = plain({ appLink, terminalId: 'P&1' });
    const result = await provider.create(createOf({ configuration }), scripted({}).send);
    expect(result.payUrl).toBe('pos://pay?r=ATT0123456789AB&a=100000&m=88888888&t=P%261');
  });

  it.each([
    ['a long reference', { attemptUid: 'ATT0123456789ABC' }],
    ['another currency', { currency: 'USD' }],
    ['nothing', { amountMinor: 0n }],
    ['14 digits', { amountMinor: 10_000_000_000_000n }],
  ])('refuses %s', async (_name, change) => {
    await expect(provider.create(createOf(change), scripted({}).send)).rejects.toThrow(RangeError);
  });
});

describe('query', () => {
  it('asks CheckTrans as QR-MMS does, with its own terminal, secret and table', async () => {
    const { send, calls } = scripted({ code: '01' });
    const result = await provider.query?.(queryOf(), send);
    expect(sentBody(calls)).toEqual({
      txnId: 'ATT0123456789AB',
      merchantCode: '88888888',
      terminalID: 'PHONE001',
      payDate: '20/11/2026',
      checkSum: md5('20/11/2026|ATT0123456789AB|88888888|PHONE001|k-check'),
    });
    expect(result).toMatchObject({
      outcome: 'SUCCEEDED',
      evidence: { verdict: 'NOT_FOUND', trustedChannel: true },
      codeTableVersion: 'vnpay-phone-pos-1, after vnpay-qr-mms-1',
    });
  });

  it('learns nothing where the merchant has no CheckTrans', async () => {
    const { send, calls } = scripted({ code: '01' });
    const result = await provider.query?.(queryOf({ configuration: plain() }), send);
    expect(result).toMatchObject({
      outcome: 'REFUSED',
      reason: 'NOT_CONFIGURED',
      evidence: { verdict: 'NO_ANSWER', signed: false },
      tooSoon: false,
      retry: false,
      fallbackAllowed: false,
    });
    expect(calls).toHaveLength(0);
  });
});

describe('the callback', () => {
  const raw = (body: object) => ({ body: JSON.stringify(body), query: '', headers: {} });
  const VALUES = ['00', '1', 'ATT0123456789AB', '244395023', 'VCB', '', '', '100000', '20261120120304', '88888888'];
  const signed = (values: readonly string[]): string => md5(`${values.join('|')}|k-callback`);
  const names = QR_MMS_CALLBACK_SHAPE.signed;

  it('is that of QR-MMS unless told otherwise', () => {
    const message = raw({
      ...Object.fromEntries(names.map((name, at) => [name, VALUES[at]])),
      checksum: signed(VALUES),
    });
    expect(provider.callbacks?.verifyCallback(message, ['x', 'k-callback'])).toBe(1);
    expect(provider.callbacks?.parseCallback(message)).toEqual(QR_MMS_CALLBACKS.parseCallback(message));
    expect(provider.callbacks?.answerCallback('DUPLICATE', { attemptUid: 'A' })).toEqual(
      QR_MMS_CALLBACKS.answerCallback('DUPLICATE', { attemptUid: 'A' }),
    );
  });

  it('takes other names and another order as parameters', () => {
    const shape = {
      names: { ...QR_MMS_CALLBACK_SHAPE.names, txnId: 'orderId', amount: 'debitAmount', checksum: 'sign' },
      signed: [...names].reverse(),
      paymentType: '3',
    };
    const message = {
      ...Object.fromEntries(names.map((name, at) => [shape.names[name], VALUES[at]])),
      msgType: '3',
      sign: signed(VALUES.with(1, '3').toReversed()),
    };
    const callbacks = phonePosProvider(shape).callbacks;
    expect(callbacks?.verifyCallback(raw(message), ['k-callback'])).toBe(0);
    expect(callbacks?.parseCallback(raw(message))).toMatchObject({
      attemptUid: 'ATT0123456789AB',
      amountMinor: 100_000n,
      success: true,
    });
    expect(callbacks?.parseCallback(raw({ ...message, msgType: '1' })).success).toBe(false);
    expect(() => callbacks?.parseCallback(raw({ ...message, debitAmount: 'x' }))).toThrow('debitAmount');
    expect(() => callbacks?.parseCallback(raw({ ...message, orderId: '' }))).toThrow('orderId');
    expect(provider.callbacks?.verifyCallback(raw(message), ['k-callback'])).toBeNull();
  });

  it('declares no more than is known', () => {
    expect(provider.capabilities).toEqual({
      connectivity: 'LOCAL',
      createRepeatable: true,
      query: true,
      refund: false,
      partialRefund: false,
      refundQuery: false,
      cancel: false,
      callback: true,
      unknownOutcome: true,
    });
    expect(Object.keys(provider.errorTable.codes)).toEqual(['QUERY', 'CALLBACK']);
  });
});
