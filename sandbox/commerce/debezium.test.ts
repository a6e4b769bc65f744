import { describe, expect, it } from 'vitest';
import { changeRecord, UNAVAILABLE, type MerchantRow, type RecordOptions } from './debezium';

const ROW: MerchantRow = {
  id: 'M1',
  organizer_id: 'O1',
  name: 'Quán',
  status: '201_ACTIVATED',
  metadata: { tax: { taxCode: '0100109106' } },
  deleted_at: null,
  modified_at: 1_795_000_000_123,
};
const OPTIONS: RecordOptions = {
  withSchema: false,
  metadataAs: 'text',
  metadataUnavailable: false,
  before: undefined,
  lsn: 1000,
  tsMs: 1_795_000_000_200,
};
const TOPIC = 'nx.seller.public.Merchant';

type Envelope = {
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  op: string;
  source: Record<string, unknown>;
  ts_ms: number;
};
const record = (op: 'c' | 'u' | 'd' | 'r', change: Partial<RecordOptions> = {}, row = ROW): Envelope =>
  changeRecord(TOPIC, op, row, { ...OPTIONS, ...change }) as Envelope;

describe('change records', () => {
  it('are written as the connector writes jsonb and timestamptz, without a before', () => {
    const { before, after, op, source } = record('c');
    expect([before, op]).toEqual([null, 'c']);
    expect(after).toEqual({
      id: 'M1',
      organizer_id: 'O1',
      name: 'Quán',
      status: '201_ACTIVATED',
      metadata: '{"tax":{"taxCode":"0100109106"}}',
      deleted_at: null,
      modified_at: '2026-11-18T11:06:40.123000Z',
    });
    expect(source).toMatchObject({
      connector: 'postgresql',
      name: 'nx.seller',
      schema: 'public',
      table: 'Merchant',
      lsn: 1000,
      snapshot: 'false',
    });
  });

  it('take the forms that options ask for', () => {
    expect(record('u', { metadataAs: 'object' }).after?.['metadata']).toEqual(ROW.metadata);
    expect(record('u', { metadataUnavailable: true }).after?.['metadata']).toBe(UNAVAILABLE);
    expect(record('u', { before: ROW, metadataUnavailable: true }).before?.['metadata']).toBe(
      '{"tax":{"taxCode":"0100109106"}}',
    );
    expect(record('r').source['snapshot']).toBe('true');
    expect(record('d')).toMatchObject({ after: null, before: { id: 'M1', metadata: null } });
  });

  it('carry a schema that names each member of the payload', () => {
    const whole = changeRecord(TOPIC, 'u', ROW, { ...OPTIONS, withSchema: true }) as {
      schema: { name: string; fields: { field: string; fields?: { field: string }[] }[] };
      payload: Envelope;
    };
    expect(whole.schema.name).toBe('nx.seller.public.Merchant.Envelope');
    expect(whole.schema.fields.map(({ field }) => field).sort()).toEqual(Object.keys(whole.payload).sort());
    const fieldsOf = (name: string): string[] =>
      (whole.schema.fields.find(({ field }) => field === name)?.fields ?? []).map(({ field }) => field).sort();
    expect(fieldsOf('after')).toEqual(Object.keys(whole.payload.after ?? {}).sort());
    expect(fieldsOf('source')).toEqual(Object.keys(whole.payload.source).sort());
  });
});
