import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordError } from '@nx/messaging';
import { readRefund } from './refund-record';

const event = (change: object = {}, refund: object = {}): object => ({
  eventId: 'e1',
  eventType: 'mq-pay:refund.success',
  occurredAt: '2026-11-21T01:00:00.000Z',
  version: 1,
  payload: {
    merchantId: 'm1',
    transaction: { id: 't1', sourceType: 'SaleOrder', sourceId: 'o1', currency: 'VND' },
    refund: { id: 'r1', amount: 45_000, kind: 'SALE', status: 'SUCCEEDED', ...refund },
    ...change,
  },
});

describe('a refund in payment.events', () => {
  it('is read with its sale, members that are not known ignored', () => {
    expect(readRefund({ ...event(), later: 1 })).toEqual({
      refundId: 'r1',
      merchantId: 'm1',
      sourceId: 'o1',
      transactionId: 't1',
      amount: 45_000,
      currency: 'VND',
      refundedAt: new Date('2026-11-21T01:00:00.000Z'),
    });
  });

  it.each([
    ['another event', { ...event(), eventType: 'mq-pay:refund.failed' }],
    ['money in suspense', event({}, { kind: 'SUSPENSE' })],
    ['a tombstone', null],
  ])('%s passes by', (_what, value) => {
    expect(readRefund(value)).toBeNull();
  });

  it.each([
    ['a text', 'x'],
    ['no event type', { payload: {} }],
    ['no refund', event({ refund: undefined })],
    ['a kind that is not known', event({}, { kind: 'GIFT' })],
    ['no amount', event({}, { amount: 0 })],
    ['a fraction', event({}, { amount: 1.5 })],
    ['no sale', event({ transaction: { id: 't1' } })],
    ['no instant', { ...event(), occurredAt: 'yesterday' }],
  ])('%s is refused', (_what, value) => {
    expect(() => readRefund(value)).toThrow(RecordError);
  });

  it('whatever comes is read, passed by or refused as a record', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (payload, refund) => {
        for (const value of [payload, { eventType: 'mq-pay:refund.success', payload }, event({}, { id: refund })]) {
          try {
            readRefund(value);
          } catch (error) {
            expect(error).toBeInstanceOf(RecordError);
          }
        }
      }),
    );
  });
});
