import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { uuidV5, vendorUuid } from './vendor-uuid';

const key = { taxCode: '0104359717', invoiceDate: '2026-11-20', requestId: 'IQBapalCzY' } as const;

describe('uuidV5', () => {
  it('makes the published example (RFC 9562, Appendix A.4)', () => {
    const dns = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
    expect(uuidV5(dns, 'www.example.com')).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
  });
});

describe('vendorUuid', () => {
  it('is the request id where that is a UUID, in small letters', () => {
    const requestId = '3F0B6F5E-8A3C-4F62-9A86-0B1C7F1F7D10';
    expect(vendorUuid({ ...key, requestId })).toBe(requestId.toLowerCase());
  });
  it('never changes: keys of invoices that are on their way hang on it', () => {
    expect(vendorUuid(key)).toBe('b4a8758a-268d-5518-92eb-14570d652df0');
  });
  it('hangs on tax code and request id, not on what is not the key', () => {
    expect(vendorUuid({ ...key, series: '1C26TAA' })).toBe(vendorUuid(key));
    expect(vendorUuid({ ...key, taxCode: '0100109106' })).not.toBe(vendorUuid(key));
  });
  it('is a UUID version 5 for every other id, and another one for another id', () => {
    const id = fc.string({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(id, id, (one, other) => {
        const uuid = vendorUuid({ ...key, requestId: one });
        expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(uuid === vendorUuid({ ...key, requestId: other })).toBe(one === other);
      }),
    );
  });
});
