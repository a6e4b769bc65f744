import { setTimeout as pass } from 'node:timers/promises';
import { openWire, type Wire } from '@nx/testing';
import { Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTopics, startConsumer, testProducer, testSettings, until, type RunningConsumer } from './kafka.fixture';
import type { KafkaSettings } from './kafka-settings';
import type { KafkaProducer } from './producer';

/** Longer than a client of the driver tries by itself, and shorter than a session. */
const OUTAGE_MS = 3_000;
const SESSION_MS = 6_000;
const KEYS = ['k0', 'k1', 'k2', 'k3', 'k4', 'k5'];

let settings: KafkaSettings;
let group: string;
let wire: Wire;
let producer: KafkaProducer;
let members: RunningConsumer[];
const handled: string[] = [];

beforeAll(async () => {
  settings = await testSettings();
  group = `${settings.topicPrefix}_GROUP`;
  await makeTopics(settings, 'a');
  wire = await openWire(settings.brokers[0] ?? '', { kafka: true });
  producer = testProducer(settings);
  const handle = async ({ eventId }: { eventId: string }): Promise<void> => void handled.push(eventId);
  const start = (): Promise<RunningConsumer> =>
    startConsumer({ ...settings, brokers: [wire.through] }, group, [{ source: 'a', handle }], {
      sessionTimeoutMs: SESSION_MS,
    });
  members = await Promise.all([start(), start()]);
}, 60_000);
afterAll(async () => {
  wire.mend();
  await Promise.all(members.map((member) => member.close()));
  await producer.close();
  await wire.close();
});

const ready = async (): Promise<boolean> =>
  (await Promise.all(members.map(({ health }) => health.ready()))).every(({ ok }) => ok);

const round = (name: string): Promise<void> =>
  producer.send(KEYS.map((key) => ({ topic: 'a', key, value: {}, headers: { 'x-event-id': `${name}-${key}` } })));

const idsOfMembers = async (): Promise<string[]> => {
  const admin = new Kafka({ brokers: [...settings.brokers], logLevel: 0 }).admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([group]);
  await admin.disconnect();
  return (groups[0]?.members ?? []).map(({ memberId }) => memberId).toSorted();
};

describe('members of a group whose brokers are away', () => {
  it('go on as the same members when they are back: nobody waits for the end of a session', async () => {
    await until(async () => (await ready()) && (await idsOfMembers()).length === 2, 'two members', 30_000);
    await round('first');
    await until(() => handled.length === KEYS.length, 'the first round');
    const before = await idsOfMembers();
    wire.cut();
    await pass(OUTAGE_MS);
    await round('second');
    wire.mend();
    await until(() => handled.length === 2 * KEYS.length, 'the second round', 30_000);
    await until(ready, 'both to be ready', 30_000);
    expect(await idsOfMembers()).toEqual(before);
    expect(new Set(handled).size).toBe(2 * KEYS.length);
  }, 90_000);

  it('are not ready when a session has passed, and stop all the same', async () => {
    wire.cut();
    await until(async () => !(await ready()), 'a member to say so', 30_000);
    const started = performance.now();
    await Promise.all(members.map((member) => member.close()));
    expect(performance.now() - started).toBeLessThan(15_000);
  }, 60_000);
});
