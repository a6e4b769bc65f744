import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectPacket, eventPacket, readPacket, refusalPacket } from './socket-io-packets';

describe('packets of Socket.IO', () => {
  it.each([
    ['0', { type: 'connect', data: null }],
    ['0{"token":"x"}', { type: 'connect', data: { token: 'x' } }],
    ['0/,{"token":"x"}', { type: 'connect', data: { token: 'x' } }],
    ['0/admin,{}', { type: 'foreign', namespace: '/admin' }],
    ['0/admin', { type: 'foreign', namespace: '/admin' }],
    ['1', { type: 'disconnect' }],
    ['2["join",{"rooms":[]}]', { type: 'event', name: 'join', data: { rooms: [] } }],
    ['2/,17["join"]', { type: 'event', name: 'join', data: undefined, replyTo: '17' }],
    ['30[]', { type: 'acknowledgement' }],
  ])('reads %s', (text, packet) => {
    expect(readPacket(text)).toEqual(packet);
  });

  it.each(['', '2', '2{}', '2null', '2[', '0{', '05{}', '2/admin,["x"]', '4{}', '51-["x"]', '61-1[]', 'x', '["x"]'])(
    'takes %j for no packet',
    (text) => {
      expect(readPacket(text)).toBeUndefined();
    },
  );

  it('reads what it writes, and survives whatever else it is given', () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()), (name, data) => {
        const json = JSON.parse(JSON.stringify(data)) as unknown;
        expect(readPacket(eventPacket(name, data))).toEqual({ type: 'event', name, data: json });
      }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom('', '0', '1', '2', '3', '2/', '2/a,'),
        fc.oneof(fc.string(), fc.json()),
        (head, rest) => {
          const packet = readPacket(head + rest);
          if (packet?.type === 'event') expect(packet.replyTo ?? '0').toMatch(/^\d{1,15}$/);
        },
      ),
    );
  });

  it('writes as the protocol has it', () => {
    expect(connectPacket('s')).toBe('0{"sid":"s"}');
    expect(refusalPacket('no', { code: 1 })).toBe('4{"message":"no","data":{"code":1}}');
    expect(refusalPacket('no', undefined, '/a')).toBe('4/a,{"message":"no"}');
  });
});
