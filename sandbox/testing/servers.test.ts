import { randomBytes } from 'node:crypto';
import { Kafka, logLevel, type KafkaMessage } from 'kafkajs';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSandbox, servers, until, type Harness } from './harness';

/** The parts that need PostgreSQL and Kafka, against the real ones: a database, a role with the sandbox's rights, and topics of this file's own. */
const name = `sandbox_test_${randomBytes(5).toString('hex')}`;
const cdcTopic = `${name}.public.Merchant`;
const prefix = name;
const messages: { topic: string; message: KafkaMessage }[] = [];
let admin: Client;
let own: Client;
let kafka: Kafka;
let harness: Harness;
let disconnect: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  const { kafkaBrokers, postgresAdminUrl } = servers();
  admin = new Client({ connectionString: postgresAdminUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(postgresAdminUrl);
  url.pathname = `/${name}`;
  const role = new URL(url);
  role.username = name;
  role.password = name;
  own = new Client({ connectionString: url.href });
  await own.connect();
  await own.query(`CREATE SCHEMA identity; CREATE TABLE identity."PolicyDefinition" (
    id text PRIMARY KEY, variant text NOT NULL, subject_type text NOT NULL, subject_id text NOT NULL, target_type text NOT NULL,
    target_id text NOT NULL, action text, effect text, domain text, created_at timestamptz NOT NULL, modified_at timestamptz NOT NULL,
    deleted_at timestamptz, created_by text, modified_by text, metadata jsonb);
    CREATE ROLE ${name} LOGIN PASSWORD '${name}'; CREATE SCHEMA commerce; GRANT USAGE, CREATE ON SCHEMA commerce TO ${name};
    GRANT USAGE ON SCHEMA identity TO ${name}; GRANT SELECT, INSERT, UPDATE ON identity."PolicyDefinition" TO ${name}`);
  kafka = new Kafka({ clientId: name, brokers: kafkaBrokers.split(','), logLevel: logLevel.NOTHING });
  harness = openSandbox({
    SANDBOX_POSTGRES_URL: role.href,
    SANDBOX_KAFKA_BROKERS: kafkaBrokers,
    SANDBOX_TOPIC_PREFIX: prefix,
    SANDBOX_CDC_TOPIC: cdcTopic,
  });
  harness.sandbox.start();
  await until('PostgreSQL and Kafka', () => {
    const ready = harness.sandbox.kafka.state().connected && harness.sandbox.database.state().ready;
    return ready ? true : undefined;
  });
  const consumer = kafka.consumer({ groupId: name });
  disconnect = () => consumer.disconnect();
  await consumer.connect();
  await consumer.subscribe({ topics: [cdcTopic, `${prefix}.payment.success`], fromBeginning: true });
  await consumer.run({
    eachMessage: ({ topic, message }) => {
      messages.push({ topic, message });
      return Promise.resolve();
    },
  });
});

afterAll(async () => {
  await disconnect();
  await harness?.close();
  const cleaner = kafka?.admin();
  await cleaner?.connect();
  await cleaner?.deleteTopics({ topics: [cdcTopic, `${prefix}.payment.success`] });
  await cleaner?.disconnect();
  await own?.end();
  await admin?.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  await admin?.query(`DROP ROLE IF EXISTS ${name}`);
  await admin?.end();
});

const valueOf = (message: KafkaMessage | undefined): Record<string, unknown> | null =>
  message?.value === null || message?.value === undefined
    ? null
    : (JSON.parse(message.value.toString()) as Record<string, unknown>);
const cdc = (id: string): KafkaMessage[] =>
  messages
    .filter(({ topic, message }) => topic === cdcTopic && message.key?.toString() === JSON.stringify({ id }))
    .map(({ message }) => message);

describe('commerce', () => {
  it('writes its row and produces a change record for each change, in order, with growing positions', async () => {
    const tax = { taxCode: '0100109106', fullName: 'Công ty', taxMethod: 'DEDUCTION' };
    const made = await harness.call('POST', '/commerce/merchants', { organizerId: 'o', name: 'Quán', tax });
    expect(made.status).toBe(201);
    const { id } = made.body['merchant'] as { id: string };
    await harness.call('PATCH', `/commerce/merchants/${id}`, {
      tax: { address: 'Huế' },
      record: { withSchema: true, metadataAs: 'object', copies: 2 },
    });
    const row = await own.query('SELECT name, metadata FROM commerce."Merchant" WHERE id = $1', [id]);
    expect(row.rows).toEqual([{ name: 'Quán', metadata: { tax: { ...tax, address: 'Huế' } } }]);
    await harness.call('POST', '/commerce/snapshot', { ids: [id] });
    await harness.call('DELETE', `/commerce/merchants/${id}`);
    await harness.call('DELETE', `/commerce/merchants/${id}`, { hard: true });
    const records = await until('seven records', () => (cdc(id).length === 7 ? cdc(id).map(valueOf) : undefined));
    const payloads = records.map((value) =>
      value === null ? null : ((value['payload'] ?? value) as { op: string; source: { lsn: number } }),
    );
    expect(payloads.map((payload) => payload?.op ?? null)).toEqual(['c', 'u', 'u', 'r', 'u', 'd', null]);
    expect(records[1]).toEqual(records[2]);
    const positions = payloads.flatMap((payload) => (payload === null ? [] : [payload.source.lsn]));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(new Set(positions).size).toBe(5);
    expect((await own.query('SELECT 1 FROM commerce."Merchant" WHERE id = $1', [id])).rowCount).toBe(0);
  });
});

describe('sale', () => {
  it('produces payment.success under the prefix, keyed by the order, more than once when told', async () => {
    const items = [{ name: 'x', quantity: 1, unitPrice: 1000 }];
    const made = await harness.call('POST', '/sale/orders', { merchantId: 'm', items, options: { duplicates: 1 } });
    const { id } = made.body['order'] as { id: string };
    const { event } = (await harness.call('POST', `/sale/orders/${id}/produce`, {})).body as {
      event: { produced: unknown[] };
    };
    expect(event.produced).toHaveLength(2);
    const got = await until('two records', () => {
      const own = messages.filter(({ message }) => message.key?.toString() === id);
      return own.length === 2 ? own : undefined;
    });
    expect(got.map(({ topic }) => topic)).toEqual([`${prefix}.payment.success`, `${prefix}.payment.success`]);
    expect(valueOf(got[0]?.message)).toMatchObject({ order: { id, total: '1000.0000' } });
  });
});

describe('identity', () => {
  it('writes membership edges once and deletes them softly', async () => {
    const body = { userId: 'u1', merchantId: 'm1', organizerId: 'o1', role: '110_cashier', domain: 'm1' };
    expect((await harness.call('POST', '/identity/members', body)).status).toBe(201);
    await harness.call('POST', '/identity/members', body);
    const live = `SELECT target_type, target_id, domain FROM identity."PolicyDefinition"
      WHERE variant = 'group' AND subject_type = 'User' AND subject_id = 'u1' AND deleted_at IS NULL ORDER BY target_type`;
    expect((await own.query(live)).rows).toEqual([
      { target_type: 'Merchant', target_id: 'm1', domain: null },
      { target_type: 'Organizer', target_id: 'o1', domain: null },
      { target_type: 'Role', target_id: '110_cashier', domain: 'm1' },
    ]);
    await harness.call('DELETE', '/identity/members', { userId: 'u1', merchantId: 'm1' });
    expect((await own.query(live)).rowCount).toBe(2);
    expect((await own.query('SELECT 1 FROM identity."PolicyDefinition" WHERE deleted_at IS NOT NULL')).rowCount).toBe(
      1,
    );
    const permission = { userId: 'u1', permission: 'Refund.create', domain: 'm1' };
    await harness.call('POST', '/identity/members', permission);
    await harness.call('POST', '/identity/members', { ...permission, effect: 'deny' });
    const grants = `SELECT variant, effect FROM identity."PolicyDefinition" WHERE target_id = 'Refund.create' ORDER BY effect`;
    expect((await own.query(grants)).rows).toEqual([
      { variant: 'policy', effect: 'allow' },
      { variant: 'policy', effect: 'deny' },
    ]);
    expect((await harness.call('POST', '/identity/members', { userId: 'u1' })).status).toBe(422);
  });
});
