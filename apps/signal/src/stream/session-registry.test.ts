import { SealedChannel, createServerHandshake, createEcdhKeyPair } from '@nx/crypto';
import { describe, expect, it } from 'vitest';
import type { Connection } from './connection';
import { Session, type FrameRate } from './session';
import { SessionRegistry } from './session-registry';
import { withSharedLists } from './shared-claims';

const point = createEcdhKeyPair().publicKey.toString('base64');
const OWN = { kind: 'own' } as const;

const claimsOf = (userId: string, merchantIds: readonly string[] = []) => ({
  userId,
  roles: [{ id: 'r-1', identifier: '110_cashier', priority: 110 }],
  merchantIds,
  organizerIds: [],
  clientId: null,
  issuedAtSeconds: 0,
  expiresAtSeconds: 60,
});

/** A session that the registry knows, without anybody at its other end. */
function opened(registry: SessionRegistry): Session {
  const silent: Connection = {
    transport: 'websocket',
    address: '192.0.2.1',
    sendClear: () => undefined,
    sendSealed: () => undefined,
    bufferedBytes: () => 0,
    close: () => undefined,
  };
  const session = new Session(silent, 1_000, 1_000);
  registry.add(session);
  return session;
}

function authenticated(registry: SessionRegistry, userId: string): Session {
  const session = opened(registry);
  const channel = new SealedChannel(createServerHandshake(point).key);
  session.become({ claims: claimsOf(userId), channel, expiresAtSeconds: 60 });
  registry.activate(session);
  return session;
}

describe('who is in which room', () => {
  it('finds every session in the rooms that it has from the start, by id and by user', () => {
    const registry = new SessionRegistry();
    const [first, second, other] = ['u-1', 'u-1', 'u-2'].map((userId) => authenticated(registry, userId));
    opened(registry);
    expect(registry.inRoom('ws-default')).toEqual([first, second, other]);
    expect(registry.inRoom('ws-notification')).toEqual([first, second, other]);
    expect(registry.inRoom('signal/notification/u-1')).toEqual([first, second]);
    expect(registry.inRoom('signal/notification/u-3')).toEqual([]);
    expect(registry.inRoom(second?.id ?? '')).toEqual([second]);
    expect([registry.countOfUser('u-1'), registry.countOfUser('u-2'), registry.countOfUser('u-3')]).toEqual([2, 1, 0]);
    expect(first?.rooms).toEqual([first?.id, 'ws-default', 'ws-notification', 'signal/notification/u-1']);
  });

  it('lets a session leave such a room, once, and come back', () => {
    const registry = new SessionRegistry();
    const [first, second] = ['u-1', 'u-1'].map((userId) => authenticated(registry, userId));
    if (first === undefined) throw new Error('no session');
    for (const room of [first.id, 'ws-default', 'signal/notification/u-1']) {
      expect(registry.leave(first, room)).toBe(true);
      expect(registry.leave(first, room)).toBe(false);
      expect(registry.inRoom(room)).toEqual(room === first.id ? [] : [second]);
      expect(first.isIn(room)).toBe(false);
    }
    expect([first.roomCount, first.rooms]).toEqual([1, ['ws-notification']]);
    registry.enter(first, 'ws-default', OWN);
    expect(registry.inRoom('ws-default')).toEqual([first, second]);
    expect(first.roomCount).toBe(2);
  });

  it('adds those who asked, and forgets a session as a whole', () => {
    const registry = new SessionRegistry();
    const [first, second] = ['u-1', 'u-2'].map((userId) => authenticated(registry, userId));
    if (first === undefined || second === undefined) throw new Error('no session');
    const waiting = opened(registry);
    for (const session of [first, second, first]) registry.enter(session, 'payment/merchants/m-1', OWN);
    // Somebody else may be let into a room that bears the name of a session.
    registry.enter(second, first.id, OWN);
    expect(registry.inRoom('payment/merchants/m-1')).toEqual([first, second]);
    expect(registry.inRoom(first.id)).toEqual([first, second]);
    expect([first, first].map((session) => registry.leave(session, 'payment/merchants/m-1'))).toEqual([true, false]);
    expect(registry.inRoom('payment/merchants/m-1')).toEqual([second]);
    registry.enter(first, 'payment/merchants/m-1', OWN);
    expect([registry.countOf('websocket'), registry.countOfAddress('192.0.2.1')]).toEqual([
      { ready: 2, waiting: 1 },
      3,
    ]);
    for (const session of [first, first, waiting]) registry.remove(session);
    expect(registry.inRoom('payment/merchants/m-1')).toEqual([second]);
    expect([registry.inRoom('ws-default'), registry.ofUser('u-1'), registry.find(first.id)]).toEqual([
      [second],
      [],
      undefined,
    ]);
    expect([registry.sessions(), registry.countOfAddress('192.0.2.1')]).toEqual([[second], 1]);
    registry.activate(first);
    expect(registry.find(first.id)).toBeUndefined();
  });
});

describe('what sessions have in common', () => {
  it('is there once', () => {
    const [left, right, other] = [
      withSharedLists(claimsOf('u-1', ['m-1', 'm-2'])),
      withSharedLists(claimsOf('u-2', ['m-1', 'm-2'])),
      withSharedLists(claimsOf('u-3', ['m-2', 'm-1'])),
    ];
    expect(right.merchantIds).toBe(left.merchantIds);
    expect(right.roles).toBe(left.roles);
    expect(right).toEqual(claimsOf('u-2', ['m-1', 'm-2']));
    expect(other.merchantIds).toEqual(['m-2', 'm-1']);
  });
});

describe('the allowance of frames', () => {
  const rate: FrameRate = { framesPerSecond: 10, burst: 4 };

  it('is a burst that fills again, and tells who goes on and on', () => {
    const session = opened(new SessionRegistry());
    const at = (nowMs: number): boolean => session.seen(nowMs, rate);
    expect([1_000, 1_000, 1_000, 1_000, 1_000].map(at)).toEqual([true, true, true, true, false]);
    // A tenth of a second is one frame; less is kept.
    expect([1_060, 1_100, 1_100].map(at)).toEqual([false, true, false]);
    expect([session.lastSeenMs, session.flooding(rate)]).toEqual([1_100, false]);
    expect([1_100, 1_100].map(at)).toEqual([false, false]);
    expect(session.flooding(rate)).toBe(true);
    expect([5_000, 5_000].map(at)).toEqual([true, true]);
    expect(session.flooding(rate)).toBe(false);
    // A clock that was put back gives nothing and takes nothing.
    expect([4_000, 4_000, 4_000].map(at)).toEqual([true, true, false]);
    expect(Array.from({ length: 50 }, () => session.seen(4_000, { framesPerSecond: 0, burst: 1 }))).not.toContain(
      false,
    );
  });
});
