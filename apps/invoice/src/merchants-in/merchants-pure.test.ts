import { describe, expect, it } from 'vitest';
import { RecordError } from '@nx/messaging';
import type { TaxInfo } from '../tax-info/tax-info';
import { compareMerchant } from './compare-merchant';
import { signsOfLife } from './connector-silence';
import { isOlder, readMerchantChange, type MerchantNews } from './merchant-change';
import { diffTax, NO_TAX_DATA, type TaxData } from './tax-diff';

const tax = {
  taxCode: '0100109106',
  fullName: 'Viettel',
  address: 'Hà Nội',
  taxMethod: 'DEDUCTION',
  phone: '0912345678',
};
const after = { id: 'm1', organizer_id: 'o1', name: 'Shop', status: '201', metadata: { tax } };
const source = { lsn: 10n, ts_ms: 1000 };
const stored: TaxData = { ...NO_TAX_DATA, ...tax };

describe('records of the merchant table', () => {
  it.each([
    ['bare', { op: 'u', before: null, after, source }],
    ['in the schema wrapper', { schema: {}, payload: { op: 'u', before: null, after, source } }],
    ['with metadata as text', { op: 'u', after: { ...after, metadata: JSON.stringify({ tax }) }, source }],
  ])('%s', (_what, value) => {
    expect(readMerchantChange(value)).toMatchObject({ op: 'u', merchantId: 'm1', organizerId: 'o1', tax, lsn: '10' });
  });

  it.each([
    ['a tombstone', null],
    ['a wrapped tombstone', { schema: {}, payload: null }],
    ['a delete', { op: 'd', before: after, after: null }],
    ['a truncation', { op: 't' }],
  ])('ignores %s', (_what, value) => {
    expect(readMerchantChange(value)).toBeNull();
  });

  it('takes the marker of an untouched value for unchanged, and missing tax for none', () => {
    const untouched = { ...after, metadata: '__debezium_unavailable_value' };
    expect(readMerchantChange({ op: 'u', after: untouched, source })?.tax).toBeUndefined();
    expect(readMerchantChange({ op: 'u', after: { ...after, metadata: {} }, source })?.tax).toBeNull();
  });

  it.each([
    ['of a change', { lsn: 220n, sequence: '["210","220"]' }, '220'],
    ['of a change that was made before the commit before it', { lsn: 150n, sequence: '["210","150"]' }, '210'],
    ['of a row in the first snapshot', { lsn: 200n, sequence: '[null,"200"]' }, '200'],
    ['of a row read again', { lsn: null, sequence: '["200","205"]' }, '205'],
    ['of a connector that gives no sequence', { lsn: 9007199254740993n }, '9007199254740993'],
    ['of one that gives neither', { sequence: null }, null],
  ])('have the place %s', (_what, place, lsn) => {
    expect(readMerchantChange({ op: 'u', after, source: place })?.lsn).toBe(lsn);
  });

  it.each([
    ['a text', 'x'],
    ['a sequence that is no JSON', { op: 'u', after, source: { lsn: 1n, sequence: '[' } }],
    ['no op', { after }],
    ['no row', { op: 'u', after: null }],
    ['bad JSON', { op: 'u', after: { ...after, metadata: '{' } }],
  ])('refuses %s', (_what, value) => {
    expect(() => readMerchantChange(value)).toThrow(RecordError);
  });

  it.each([
    ['an earlier place in the log', { lsn: '9', at: new Date(2000) }, true],
    ['the same place', { lsn: '10', at: new Date(1000) }, false],
    ['a later place with an earlier time', { lsn: '11', at: new Date(1) }, false],
    ['no place and an earlier time', { lsn: null, at: new Date(999) }, true],
    ['neither', { lsn: null, at: null }, false],
  ])('%s is older: %s', (_what, news, older) => {
    expect(isOlder(news, { sourceLsn: '10', sourceTs: new Date(1000) })).toBe(older);
  });
});

it('signs of life come beside each feed, under the name of its connector', () => {
  expect(signsOfLife(['nx.seller.public.Merchant', 'nx.seller.public.merchant', 'cdc.public.x', 'public.y'])).toEqual([
    '__debezium-heartbeat.nx.seller',
    '__debezium-heartbeat.cdc',
  ]);
});

describe('the difference in tax data', () => {
  it.each<[string, object | null, readonly string[], boolean]>([
    ['equal', tax, [], false],
    ['another address', { ...tax, address: 'Huế' }, ['address'], false],
    ['another contact', { ...tax, phone: '0987654321', email: 'a@b.vn' }, ['email', 'phone'], false],
    ['another code', { ...tax, taxCode: '0100233488' }, ['taxCode'], true],
    ['another method', { ...tax, taxMethod: 'DIRECT' }, ['taxMethod'], true],
  ])('%s', (_what, incoming, changed, needsRegistration) => {
    const diff = diffTax(stored, incoming as Record<string, unknown> | null);
    expect(diff).toMatchObject({ changed, needsRegistration, findings: [] });
  });

  it.each([
    ['a wrong check digit', { ...tax, taxCode: '0100109107', address: 'Huế' }, 'INVALID_TAX_CODE'],
    ['a code that lost its zero as a number', { ...tax, taxCode: 100109106 }, 'INVALID_TAX_CODE'],
    ['an unknown method', { ...tax, taxMethod: 'BOTH' }, 'INVALID_TAX_METHOD'],
  ])('keeps %s aside and changes nothing', (_what, incoming, code) => {
    const diff = diffTax(stored, incoming);
    expect(diff).toMatchObject({ changed: [], data: stored, findings: [{ code }] });
  });

  it('writes a branch with its dash and flags no registration for a first record', () => {
    const diff = diffTax(NO_TAX_DATA, { ...tax, taxCode: '0314409058002' });
    expect(diff.data.taxCode).toBe('0314409058-002');
    expect(diff.needsRegistration).toBe(false);
  });
});

describe('a record against what is stored', () => {
  const kept = { code: 'INVALID_TAX_METHOD', detail: 'must be DEDUCTION or DIRECT', value: 'BOTH' } as const;
  const info: TaxInfo = {
    id: 't1',
    merchantId: 'm1',
    organizerId: 'o1',
    merchantName: 'Shop',
    ...stored,
    taxMethod: 'DEDUCTION',
    sourceLsn: '10',
    sourceTs: new Date(1000),
    dataLsn: '10',
    dataTs: new Date(1000),
    findings: [],
    modifiedAt: new Date(1000),
  };
  const news = (change: Partial<MerchantNews>): MerchantNews => {
    const read = readMerchantChange({ op: 'u', after, source });
    if (read === null) throw new Error('no news');
    return { ...read, ...change };
  };
  const both = { ...tax, taxMethod: 'BOTH' };

  it.each<[string, MerchantNews, TaxInfo | undefined, string | undefined]>([
    ['the first of a merchant', news({}), undefined, undefined],
    ['the first, without taxes', news({ tax: null }), undefined, 'tax unchanged'],
    ['the same once more', news({}), info, 'tax unchanged'],
    ['an older one that differs', news({ lsn: '9', tax: null }), info, 'older than stored'],
    ['one that leaves the taxes out', news({ tax: undefined }), info, 'tax unchanged'],
    ['one that takes the taxes away', news({ tax: null }), info, undefined],
    ['one that cannot stand', news({ tax: both }), info, undefined],
    ['one that cannot stand, once more', news({ tax: both }), { ...info, findings: [kept] }, 'tax unchanged'],
    ['the right one after it', news({}), { ...info, findings: [kept] }, undefined],
  ])('%s', (_what, record, present, skip) => {
    expect(compareMerchant(record, present).skip).toBe(skip);
  });

  it('that leaves the taxes out keeps what was kept aside', () => {
    const { diff } = compareMerchant(news({ tax: undefined }), { ...info, findings: [kept] });
    expect(diff).toEqual({ changed: [], data: stored, findings: [kept], needsRegistration: false });
  });
});
