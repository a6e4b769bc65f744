import { TOPICS } from '@nx/contracts';
import { HealthRegistry, Metrics } from '@nx/observability';
import { eventually, partitionWaits, refuseWrites } from '@nx/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ForeignClient } from '../foreign-client.fixture';
import { World, type Instance } from '../signal.fixture';
import { activityMessage as message, drained, inboxRows, type InboxRow } from './activity.fixture';
import type { NotificationView } from './notification.view';
import { StoreNotification } from './store-notification';

let world: World;
let first: Instance;
let second: Instance;
let sequence = 0;

const rowsOf = (...recipients: string[]): Promise<InboxRow[]> => inboxRows(world, recipients);

const events = async (): Promise<number> =>
  Number((await world.rows<{ n: string }>('SELECT count(*) AS n FROM signal."NotificationEvent"'))[0]?.n);

beforeAll(async () => {
  world = await World.start();
  [first, second] = await Promise.all([world.instance(), world.instance()]);
}, 120_000);

afterAll(async () => {
  await world.stop();
});

const api = async (
  userId: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const answer = await fetch(`${first.http}/v1/api/signal${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await world.token(userId)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
};

describe('from Kafka to the client', () => {
  it('stores one row, pushes it sealed to the sockets of all instances, and shows it', async () => {
    const clients = await Promise.all(
      [first, second].map(async ({ stream }) => ForeignClient.connect(stream, await world.token('u-1'))),
    );
    await world.produce(message({ eventId: 'e-1', recipientIds: ['u-1'] }));
    const pushes = await Promise.all(clients.map((client) => client.push('observation/signal/notification/created')));
    expect(pushes[1]).toEqual(pushes[0]);
    const { notification, unread } = pushes[0] as { notification: NotificationView; unread: number };
    expect(unread).toBe(1);
    expect(notification).toMatchObject({
      type: 'PAYMENT_SUCCESS',
      sequence: 1,
      locale: 'vi',
      isRead: false,
      content: 'Đã nhận thanh toán 100.000 ₫ cho đơn hàng SO-1.',
    });
    expect((await api('u-1', 'GET', `/notifications/${notification.id}`)).body).toEqual(notification);
    await Promise.all(clients.map((client) => client.close()));
  });

  it('stores exactly one row per event and recipient, however often and wherever it comes', async () => {
    const recipientIds = ['u-30', 'u-31', 'u-32'];
    const said = Array.from({ length: 20 }, (_item, index) => ({
      ...message({ eventId: `dup-${index}`, recipientIds }),
      key: `k-${index % 5}`,
    }));
    await world.produce(...said.flatMap((record) => [record, record, record]));
    await drained(world);
    const rows = await rowsOf(...recipientIds);
    expect(rows).toHaveLength(60);
    const metrics = await Promise.all([first, second].map(({ app }) => app.get(Metrics).render()));
    expect(metrics.join('\n')).toMatch(/signal_notification_events_total\{[^}]*outcome="repeated"[^}]*\} [1-9]/);
    for (const recipient of recipientIds) {
      const own = rows.filter((row) => row.recipient_id === recipient);
      expect(own.map((row) => Number(row.sequence))).toEqual(Array.from({ length: 20 }, (_item, index) => index + 1));
      // Each key in the order produced, whatever came between from the other partitions.
      for (let key = 0; key < 5; key += 1) {
        const ofKey = said.filter((record) => record.key === `k-${key}`).map(({ value }) => value.eventId);
        expect(own.map((row) => row.event_id).filter((eventId) => ofKey.includes(eventId))).toEqual(ofKey);
      }
      expect((await api(recipient, 'GET', '/notifications/count')).body).toEqual({ total: 20, unread: 20 });
    }

    // Again in another order, twice, and under keys that lead to other partitions and so to the other instance.
    for (const [round, seed] of [20_261_121, 20_261_122].entries()) {
      const shuffled = fc.sample(fc.shuffledSubarray(said, { minLength: 20 }), { numRuns: 1, seed })[0] ?? [];
      expect(shuffled).not.toEqual(said);
      await world.produce(...shuffled.map((record, at) => ({ ...record, key: `k-${(at + round) % 5}` })));
    }
    await drained(world);
    expect(await rowsOf(...recipientIds)).toEqual(rows);
  });

  it('keeps sequences gapless and does not deadlock when both instances store at once', async () => {
    const recipients = ['u-42', 'u-41', 'u-43', 'u-40'];
    const stores = [first, second].map(({ app }) => app.get(StoreNotification));
    const record = (index: number) => ({
      topic: TOPICS.activityNotification,
      partition: 0,
      offset: String(index),
      timestampMs: 1,
      key: null,
      headers: {},
      eventId: `race-${index}`,
      value: message({ recipientIds: index % 2 === 0 ? recipients : recipients.toReversed() }).value,
    });
    await Promise.all(
      Array.from({ length: 40 }, (_item, index) => Promise.all(stores.map((store) => store.execute(record(index))))),
    );
    const rows = await rowsOf(...recipients);
    expect(rows).toHaveLength(160);
    expect(rows.map((row) => Number(row.sequence))).toEqual(
      recipients.flatMap(() => Array.from({ length: 40 }, (_item, index) => index + 1)),
    );
  });

  it('finds recipients by scope; where there is nobody, the actor', async () => {
    await world.member('u-50', 'Merchant', 'm-50');
    await world.member('u-51', 'Merchant', 'm-50');
    await world.member('u-52', 'Organizer', 'o-50');
    await world.produce(
      message({ eventId: 's-1', recipientScope: 'merchant', merchantId: 'm-50' }),
      message({ eventId: 's-2', recipientScope: 'org', organizerId: 'o-50' }),
      message({ eventId: 's-3', recipientScope: 'merchant', merchantId: 'm-none', actorId: 'u-53' }),
      message({ eventId: 's-4', recipientScope: 'users', recipientIds: [], actorId: null }),
    );
    await drained(world);
    const rows = await rowsOf('u-50', 'u-51', 'u-52', 'u-53');
    expect(rows.map((row) => [row.recipient_id, row.event_id])).toEqual([
      ['u-50', 's-1'],
      ['u-51', 's-1'],
      ['u-52', 's-2'],
      ['u-53', 's-3'],
    ]);
  });

  it('skips unknown types without a title, and parks what it cannot read', async () => {
    const before = await events();
    await world.produce(
      { ...message({ eventType: 'UNHEARD_OF', eventId: 'x-1', recipientIds: ['u-60'] }), key: 'x' },
      {
        ...message({ eventType: 'UNHEARD_OF', eventId: 'x-2', recipientIds: ['u-60'], title: 'Hello', locale: 'en' }),
        key: 'x',
      },
      { key: 'bad-key', value: { eventType: 'PAYMENT_SUCCESS', recipientScope: 'nobody' } },
    );
    const parked = await eventually(async () => {
      const rows = await world.rows<{ error_message: string }>(
        `SELECT error_message FROM signal."ParkedRecord" WHERE key = 'bad-key'`,
      );
      return rows[0]?.error_message;
    });
    expect(parked).toContain('recipientScope is none of');
    await eventually(async () => (await events()) === before + 1);
    expect((await rowsOf('u-60')).map((row) => row.event_id)).toEqual(['x-2']);
  });

  it('waits while the database is away, and loses or parks nothing', async () => {
    const parked = async (): Promise<unknown> =>
      (await world.rows(`SELECT count(*) FROM signal."ParkedRecord" WHERE key LIKE 'away-%'`))[0];
    const before = await parked();
    await world.setDatabaseAway(true);
    await world.produce(
      ...Array.from({ length: 6 }, (_item, index) => ({
        ...message({ eventId: `away-${index}`, recipientIds: ['u-80'] }),
        key: `away-${index}`,
      })),
    );
    for (const { app } of [first, second]) await eventually(async () => !(await app.get(HealthRegistry).ready()).ok);
    await world.setDatabaseAway(false);
    await eventually(async () => (await rowsOf('u-80')).length === 6, { timeoutMs: 25_000 });
    expect((await rowsOf('u-80')).map((row) => Number(row.sequence))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await parked()).toEqual(before);
    for (const { app } of [first, second]) {
      await eventually(async () => (await app.get(HealthRegistry).ready()).ok, { timeoutMs: 20_000 });
    }
  }, 60_000);

  it('waits while the database is read-only and is not ready, and loses or parks nothing', async () => {
    const parked = (): Promise<object[]> => world.rows('SELECT id FROM signal."ParkedRecord" ORDER BY id');
    const readiness = (): Promise<number[]> =>
      Promise.all([first, second].map(async ({ http }) => (await fetch(`${http}/v1/api/signal/readyz`)).status));
    const waits = async (): Promise<number> => {
      const metrics = await Promise.all([first, second].map(({ app }) => app.get(Metrics).render()));
      return metrics.reduce((sum, text) => sum + partitionWaits(text, 'signal.activity-notification'), 0);
    };
    const [before, waited] = [await parked(), await waits()];
    const allow = await refuseWrites(world.admin, 'read-only', { cut: () => world.cutFromDatabase() });
    try {
      await world.produce(message({ eventId: 'read-only', recipientIds: ['u-read-only'] }));
      // It is known for an outage: a record with a defect of its own would be tried some times and parked.
      await eventually(async () => (await waits()) > waited);
      await eventually(async () => (await readiness()).every((status) => status === 503));
      expect(await rowsOf('u-read-only')).toEqual([]);
    } finally {
      await allow();
    }
    await eventually(async () => (await rowsOf('u-read-only')).length === 1, { timeoutMs: 25_000 });
    expect(await parked()).toEqual(before);
    await eventually(async () => (await readiness()).every((status) => status === 200), { timeoutMs: 20_000 });
  }, 60_000);

  it('goes through the indexes', async () => {
    const plan = await world.rows<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT id FROM signal."ActivityNotification"
        WHERE recipient_id = 'u-1' AND deleted_at IS NULL AND created_at <= now() ORDER BY created_at DESC, id DESC LIMIT 50`,
    );
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Index/);
  });
});

describe('the inbox over REST', () => {
  const user = 'u-70';

  beforeEach(async () => {
    await world.rows(`DELETE FROM signal."ActivityNotification" WHERE recipient_id = $1`, [user]);
    await world.rows(`DELETE FROM signal."RecipientState" WHERE recipient_id = $1`, [user]);
    const store = first.app.get(StoreNotification);
    for (let index = 0; index < 5; index += 1) {
      const eventId = `rest-${(sequence += 1)}`;
      const value = message({
        recipientIds: [user],
        eventType: index === 4 ? 'REFUND_SUCCESS' : 'PAYMENT_SUCCESS',
      }).value;
      const origin = { topic: 't', partition: 0, offset: String(sequence), timestampMs: 1, key: null, headers: {} };
      await store.execute({ ...origin, eventId, value });
    }
  });

  const list = async (query = ''): Promise<{ data: NotificationView[]; nextCursor: string | null }> =>
    (await api(user, 'GET', `/notifications${query}`)).body as never;

  it('is listed newest first, page by page', async () => {
    const seen: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await list(`?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.data.map((item) => item.sequence));
      cursor = page.nextCursor;
    }
    expect(seen.toSorted()).toEqual([1, 2, 3, 4, 5]);
    expect((await list('?type=REFUND_SUCCESS')).data.map((item) => item.sequence)).toEqual([5]);
    expect((await list()).nextCursor).toBeNull();
  });

  it('counts right through reading, repeating and deleting, and tells the open clients', async () => {
    const client = await ForeignClient.connect(second.stream, await world.token(user));
    const [newest, next] = (await list()).data;
    if (newest === undefined || next === undefined) throw new Error('nothing stored');
    for (let count = 0; count < 2; count += 1) {
      const { status, body } = await api(user, 'PATCH', `/notifications/${newest.id}/read`);
      expect([status, body['isRead']]).toEqual([200, true]);
    }
    expect(await client.push('observation/signal/notification/read')).toMatchObject({ ids: [newest.id], unread: 4 });
    expect((await api(user, 'DELETE', `/notifications/${newest.id}`)).status).toBe(204);
    expect((await api(user, 'DELETE', `/notifications/${next.id}`)).status).toBe(204);
    expect((await api(user, 'DELETE', `/notifications/${next.id}`)).status).toBe(404);
    expect((await api(user, 'GET', '/notifications/count')).body).toEqual({ total: 3, unread: 3 });
    expect((await list('?unread=true')).data).toHaveLength(3);
    expect((await api(user, 'PATCH', '/notifications/read-all')).body).toEqual({ updated: 3, unread: 0 });
    expect((await api(user, 'PATCH', '/notifications/read-all', {})).body).toEqual({ updated: 0, unread: 0 });
    expect((await list('?unread=true')).data).toHaveLength(0);
    await client.until(() => client.pushes.length === 4);
    expect(client.pushes.map(({ data }) => (data as { unread: number }).unread)).toEqual([4, 4, 3, 0]);
    await client.close();
  });

  it('marks what came up to a time', async () => {
    const early = { before: '2020-01-01T00:00:00.000Z' };
    expect((await api(user, 'PATCH', '/notifications/read-all', early)).body).toEqual({ updated: 0, unread: 5 });
    expect((await api(user, 'PATCH', '/notifications/read-all', { before: 'soon' })).status).toBe(422);
  });

  it('keeps the badge right when everything happens at once', async () => {
    const rows = (await list()).data;
    await Promise.all([
      ...rows.flatMap(({ id }) => [
        api(user, 'PATCH', `/notifications/${id}/read`),
        api(user, 'PATCH', '/notifications/read-all', {}),
        api(user, 'DELETE', `/notifications/${id}`),
      ]),
    ]);
    expect((await api(user, 'GET', '/notifications/count')).body).toEqual({ total: 0, unread: 0 });
  });

  it("is nobody else's", async () => {
    const [own] = (await list()).data;
    const id = own?.id ?? '';
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', '/read'],
      ['DELETE', ''],
    ] as const) {
      const { status, body } = await api('u-71', method, `/notifications/${id}${path}`);
      expect([status, body['code']]).toEqual([404, 'signal.notification.not_found']);
    }
    expect((await api('u-71', 'GET', '/notifications/count')).body).toEqual({ total: 0, unread: 0 });
    expect((await fetch(`${first.http}/v1/api/signal/notifications`)).status).toBe(401);
  });

  it.each(['?limit=0', '?limit=201', '?cursor=x', '?unread=maybe', '?recipientId=u-1', '?type=%00'])(
    'refuses %s',
    async (query) => {
      expect((await api(user, 'GET', `/notifications${query}`)).status).toBe(422);
    },
  );
});

describe('what a user wants to be told about', () => {
  const nothingSaid = { mutedTypes: [], quietHours: null, locale: null };
  const path = '/notification-preferences';

  it('is kept, and is nothing until it is said', async () => {
    expect((await api('u-90', 'GET', path)).body).toEqual(nothingSaid);
    const said = {
      mutedTypes: ['INVOICE_ISSUED'],
      quietHours: { from: '22:00', to: '07:00', timeZone: 'Asia/Ho_Chi_Minh' },
      locale: 'en',
    };
    expect(await api('u-90', 'PUT', path, said)).toEqual({ status: 200, body: said });
    expect((await api('u-90', 'GET', path)).body).toEqual(said);
    expect((await api('u-91', 'GET', path)).body).toEqual(nothingSaid);
    expect((await api('u-90', 'PUT', path, nothingSaid)).body).toEqual(nothingSaid);
    expect((await fetch(`${first.http}/v1/api/signal${path}`)).status).toBe(401);
  });

  const zone = 'Asia/Ho_Chi_Minh';
  it.each([
    [{ mutedTypes: 'ALL' }, '/mutedTypes'],
    [{ mutedTypes: ['a b'] }, '/mutedTypes'],
    [{ mutedTypes: ['X', 'X'] }, '/mutedTypes'],
    [{ locale: 'fr' }, '/locale'],
    [{ quietHours: 'night' }, '/quietHours'],
    [{ quietHours: { from: '24:00', to: '07:00', timeZone: zone } }, '/quietHours/from'],
    [{ quietHours: { from: '22:00', to: '7', timeZone: zone } }, '/quietHours/to'],
    [{ quietHours: { from: '22:00', to: '22:00', timeZone: zone } }, '/quietHours/to'],
    [{ quietHours: { from: '22:00', to: '07:00', timeZone: 'Hanoi' } }, '/quietHours/timeZone'],
    [{ quietHours: { from: '22:00', to: '07:00', timeZone: zone, days: [] } }, '/quietHours/days'],
    [{ volume: 11 }, '/volume'],
  ])('is refused as %j, naming the member', async (wrong, pointer) => {
    const { status, body } = await api('u-90', 'PUT', path, { ...nothingSaid, ...wrong });
    expect([status, (body['errors'] as { pointer: string }[]).map((error) => error.pointer)]).toEqual([422, [pointer]]);
  });

  it('mutes, keeps quiet and speaks the language of each recipient; the inbox stays whole', async () => {
    const at = Date.now();
    const time = (offsetMs: number): string => new Date(at + offsetMs).toISOString().slice(11, 16);
    const aroundNow = { from: time(-3_600_000), to: time(3_600_000), timeZone: 'UTC' };
    await api('u-92', 'PUT', path, { ...nothingSaid, mutedTypes: ['PAYMENT_SUCCESS'], locale: 'en' });
    await api('u-93', 'PUT', path, { ...nothingSaid, quietHours: aroundNow });
    const users = ['u-92', 'u-93', 'u-94'];
    const plain = await Promise.all(
      users.map(async (user) => ForeignClient.connect(second.stream, await world.token(user))),
    );
    const copy = await ForeignClient.open(second.stream);
    copy.authenticate(await world.token('u-93'), { lastSequence: 0 });
    await copy.until(() => copy.pushes.length === 1);
    await world.produce(message({ eventId: 'wish-1', recipientIds: users }));
    expect(await copy.push('observation/signal/notification/created')).toMatchObject({ silent: true, unread: 1 });
    const shown = await Promise.all(
      users.map(async (user) => [
        ((await api(user, 'GET', '/notifications')).body['data'] as NotificationView[]).map((item) => [
          item.locale,
          item.isRead,
        ]),
        (await api(user, 'GET', '/notifications/count')).body['unread'],
      ]),
    );
    expect(shown).toEqual([
      [[['en', true]], 0],
      [[['vi', false]], 1],
      [[['vi', false]], 1],
    ]);
    for (const client of plain) await client.until(() => client.pushes.length > 0);
    expect(plain.map((client) => client.topics().join().slice(32))).toEqual(['state', 'state', 'created']);
    expect(plain[1]?.pushes[0]?.data).toEqual({ lastSequence: 1, unread: 1, revision: 1 });
    // Among many recipients too.
    const many = Array.from({ length: 9 }, (_item, index) => `u-95-${index}`);
    await world.produce(message({ eventId: 'wish-2', recipientIds: [...many, 'u-92'] }));
    await drained(world);
    expect((await api('u-92', 'GET', '/notifications/count')).body).toEqual({ total: 2, unread: 0 });
    expect((await api('u-95-8', 'GET', '/notifications/count')).body).toEqual({ total: 1, unread: 1 });
    await Promise.all([...plain, copy].map((client) => client.close()));
  });
});
