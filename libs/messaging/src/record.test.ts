import { describe, expect, it } from 'vitest';
import { inboundRecord, rawRecord } from './record';
import { RecordError } from './record-errors';

const message = (changes: object = {}) => ({
  key: Buffer.from('k'),
  value: Buffer.from('{"n":1}'),
  timestamp: '1700000000000',
  offset: '9007199254740993',
  ...changes,
});

describe('a record', () => {
  it('is named by its header, else by where it lies', () => {
    expect(rawRecord('t', 2, message()).eventId).toBe('t/2/9007199254740993/1700000000000');
    expect(rawRecord('t', 2, message({ headers: { 'x-event-id': Buffer.from('') } })).eventId).toMatch(/^t\/2\//);
    const headers = { 'x-event-id': [Buffer.from('old'), Buffer.from('new')], gone: undefined };
    expect(rawRecord('t', 2, message({ headers }))).toMatchObject({ eventId: 'new', headers: { 'x-event-id': 'new' } });
  });

  it('has a text as key and headers that PostgreSQL can store', () => {
    const raw = rawRecord('t', 0, message({ key: Buffer.from('a\0b'), headers: { h: Buffer.from('\0') } }));
    expect([raw.key, raw.headers]).toEqual(['a\uFFFDb', { h: '\uFFFD' }]);
    expect(rawRecord('t', 0, message({ key: null })).key).toBeNull();
  });

  it('is a tombstone without a value, and a defect when it is not JSON in UTF-8', () => {
    expect(inboundRecord(rawRecord('t', 0, message({ value: null }))).value).toBeNull();
    expect(inboundRecord(rawRecord('t', 0, message())).value).toEqual({ n: 1 });
    for (const value of [Buffer.from(''), Buffer.from('{'), Buffer.from([0x22, 0xff, 0x22])]) {
      expect(() => inboundRecord(rawRecord('t', 0, message({ value })))).toThrow(RecordError);
    }
  });
});
