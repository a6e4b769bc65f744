import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallbackAnswerKind } from '../../callback';
import { QR_MMS_CALLBACKS } from './callback';
import { QrMmsMessageError } from './message-codec';
import { QR_MMS_REPLY_CODES, readQrMmsReply } from './reply';

function refusal(text: string): readonly [string, string] {
  try {
    readQrMmsReply(text);
  } catch (error) {
    if (error instanceof QrMmsMessageError) return [error.field, error.problem];
    throw error;
  }
  throw new TypeError('no error');
}

describe('readQrMmsReply', () => {
  const context = { attemptUid: 'ATT1', expectedAmountMinor: 100_000n };
  it.each<[CallbackAnswerKind, string, object]>([
    ['APPLIED', '00', { txnId: 'ATT1' }],
    ['NOTED', '00', { txnId: 'ATT1' }],
    ['LATE', '00', { txnId: 'ATT1' }],
    ['DUPLICATE', '03', { txnId: 'ATT1' }],
    ['WRONG_AMOUNT', '07', { amount: '100000' }],
    ['UNKNOWN_REFERENCE', '06', {}],
    ['BAD_SIGNATURE', '06', {}],
    ['UNAVAILABLE', '04', {}],
    ['MALFORMED', '04', {}],
    ['ADDRESS_REFUSED', '10', {}],
  ])('reads what we answer: %s', (kind, code, data) => {
    const { body, status, contentType } = QR_MMS_CALLBACKS.answerCallback(kind, context);
    const { message, ...reply } = readQrMmsReply(body);
    expect(reply).toEqual({ code, ...data });
    expect(message).not.toBe('');
    expect([status, contentType]).toEqual([200, 'application/json; charset=utf-8']);
    expect(QR_MMS_REPLY_CODES[code]).toBeDefined();
  });

  it('does without data where the edge knows nothing', () => {
    expect(readQrMmsReply(QR_MMS_CALLBACKS.answerCallback('APPLIED', {}).body)).toEqual({
      code: '00',
      message: 'Success',
    });
    expect(readQrMmsReply(QR_MMS_CALLBACKS.answerCallback('WRONG_AMOUNT', {}).body)).toEqual({
      code: '07',
      message: 'Wrong amount',
    });
  });

  it('knows the codes 00 to 10', () => {
    const codes = Object.keys(QR_MMS_REPLY_CODES).toSorted();
    expect(codes).toEqual(['00', '01', '02', '03', '04', '05', '06', '07', '08', '09', '10']);
    for (const code of codes) expect(readQrMmsReply(JSON.stringify({ code, message: 'm', data: [] })).code).toBe(code);
  });

  it.each([
    ['noise', 'x', '', 'NOT_JSON'],
    ['no code', '{}', 'code', 'MISSING'],
    ['a code that nobody knows', '{"code":"11"}', 'code', 'BAD_VALUE'],
    ['a code named like a property', '{"code":"toString"}', 'code', 'BAD_VALUE'],
    ['a code of another type', '{"code":{}}', 'code', 'BAD_TYPE'],
    ['a message that is no text', '{"code":"00","message":[]}', 'message', 'BAD_TYPE'],
    ['a reference that is no text', '{"code":"00","data":{"txnId":{}}}', 'txnId', 'BAD_TYPE'],
    ['an amount that is no text', '{"code":"07","data":{"amount":true}}', 'amount', 'BAD_TYPE'],
  ])('refuses %s', (_what, text, field, problem) => {
    expect(refusal(text)).toEqual([field, problem]);
  });

  it('gives a reply or its own error for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(refusal(text)[1]).toMatch(/^(NOT_JSON|MISSING|BAD_TYPE|BAD_VALUE)$/);
      }),
    );
  });
});
