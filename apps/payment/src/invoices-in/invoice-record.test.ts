import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecordError } from '@nx/messaging';
import { readInvoiceRecord } from './invoice-record';
import { invoiceRecord, RECORDED } from './invoice-record.fixture';

const without = (name: string): object => {
  const { [name]: _left, ...rest } = invoiceRecord() as Record<string, unknown>;
  return rest;
};

describe('an event of an invoice', () => {
  it('is read with what the invoice waits for, members that are not known ignored', () => {
    const value = { ...invoiceRecord({ later: 1 }, { reason: 'x'.repeat(400), later: 1 }), later: 1 };
    expect(readInvoiceRecord(value)).toEqual({
      eventId: 'e1',
      eventType: 'invoice.created',
      occurredAt: new Date('2026-11-21T01:00:00.000Z'),
      merchantId: 'm1',
      sourceType: '001_SALE_ORDER',
      sourceId: 'o1',
      ...RECORDED,
      reason: 'x'.repeat(300),
      dueAt: new Date('2026-11-21T01:00:05.000Z'),
    });
  });

  it('of a release that does not tell how far it is, is read without that', () => {
    expect(readInvoiceRecord(invoiceRecord({ progress: undefined }))).toMatchObject({
      version: null,
      issuanceMode: null,
      reason: null,
      waitsFor: [],
      dueAt: null,
    });
  });

  it('of a release that corrects nothing is an original', () => {
    expect(readInvoiceRecord(invoiceRecord({ origin: undefined, parentId: undefined }))).toMatchObject({
      origin: '000_ORIGIN',
      parentId: null,
    });
  });

  it('that takes back is below zero, and a tombstone is none', () => {
    expect(readInvoiceRecord(invoiceRecord({ total: -1 }))?.total).toBe(-1);
    expect(readInvoiceRecord(null)).toBeNull();
  });

  it('loses a NUL in words of a provider, which PostgreSQL does not store', () => {
    expect(readInvoiceRecord(invoiceRecord({}, { reason: 'a\0b' }))?.reason).toBe('ab');
  });

  it.each([
    ['a text', 'x', 'the record is no object'],
    ['no payload', without('payload'), 'payload is no object'],
    ['no event id', without('eventId'), 'eventId is no id'],
    ['no instant', { ...invoiceRecord(), occurredAt: 'soon' }, 'occurredAt is no instant'],
    ['an event of payment', { ...invoiceRecord(), eventType: 'mq-pay:x' }, 'eventType is none of an invoice'],
    ['no merchant', invoiceRecord({ merchantId: '' }), 'invoice.merchantId is no text of at most 64 characters'],
    ['a source with a NUL', invoiceRecord({ sourceId: 'a\0' }), 'invoice.sourceId is no text of at most 64 characters'],
    ['a parent that is none', invoiceRecord({ parentId: 'a b' }), 'invoice.parentId is no id'],
    ['half a đồng', invoiceRecord({ total: 0.5 }), 'invoice.total is no whole number'],
    ['no version', invoiceRecord({}, { version: undefined }), 'progress.version is no whole number'],
    ['waits that are no list', invoiceRecord({}, { waitsFor: 'x' }), 'progress.waitsFor is no short list'],
    ['endless waits', invoiceRecord({}, { waitsFor: Array(21).fill('X') }), 'progress.waitsFor is no short list'],
    ['a due time that is none', invoiceRecord({}, { dueAt: 'soon' }), 'progress.dueAt is no instant'],
  ])('with %s is refused, and says so', (_what, value, message) => {
    expect(() => readInvoiceRecord(value)).toThrow(new RecordError(`invoice.events: ${message}`, { retryable: false }));
  });

  it('whatever comes is read or refused as a record', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        for (const value of [
          one,
          { ...invoiceRecord(), payload: one },
          invoiceRecord({ id: one }, { waitsFor: other }),
        ]) {
          try {
            readInvoiceRecord(value);
          } catch (error) {
            expect(error).toBeInstanceOf(RecordError);
          }
        }
      }),
    );
  });
});
