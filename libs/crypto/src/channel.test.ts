import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChannelError,
  REMEMBERED_IVS,
  SealedChannel,
  completeClientHandshake,
  createEcdhKeyPair,
  createServerHandshake,
} from './index';
import { vectors } from './vectors.fixture';

const { ecdh } = vectors;
const reasonOf = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error instanceof ChannelError ? error.reason : error;
  }
  return undefined;
};

describe('key agreement', () => {
  const keyPair = createEcdhKeyPair(Buffer.from(ecdh.serverPrivateHex, 'hex'));
  const salt = Buffer.from(ecdh.saltHex, 'hex');

  it('meets the published vector on both sides', () => {
    const server = createServerHandshake(ecdh.clientPublic, { info: ecdh.info, keyPair, salt });
    expect(server.serverPublicKey).toBe(ecdh.serverPublic);
    expect(server.key.export().toString('hex')).toBe(ecdh.key);
    const client = createEcdhKeyPair(Buffer.from(ecdh.clientPrivateHex, 'hex'));
    expect(client.publicKey.toString('base64')).toBe(ecdh.clientPublic);
    expect(completeClientHandshake(client, server).equals(server.key)).toBe(true);
    const channel = new SealedChannel(server.key, { random: () => Buffer.from(ecdh.ivHex, 'hex') });
    expect(channel.seal(ecdh.plaintext)).toEqual(ecdh.payload);
    expect(channel.open(ecdh.payload)).toBe(ecdh.plaintext);
  });

  it('uses a fresh pair and salt for every connection, and the configured info', () => {
    const client = createEcdhKeyPair();
    const [first, second] = [1, 2].map(() => createServerHandshake(client.publicKey.toString('base64')));
    expect(first?.serverPublicKey).not.toBe(second?.serverPublicKey);
    expect(first?.salt).not.toBe(second?.salt);
    const other = createServerHandshake(ecdh.clientPublic, { info: 'another', keyPair, salt });
    expect(other.key.export().toString('hex')).not.toBe(ecdh.key);
  });

  const point = Buffer.from(ecdh.clientPublic, 'base64');
  const offCurve = Buffer.from(point);
  offCurve[64] = (offCurve[64] ?? 0) ^ 1;
  const hybrid = Buffer.from(point);
  hybrid[0] = 0x06 + ((point[64] ?? 0) & 1);
  const compressed = Buffer.concat([Buffer.from([0x02 + ((point[64] ?? 0) & 1)]), point.subarray(1, 33)]);

  it.each([
    ['no text', undefined],
    ['a number', 4],
    ['empty', ''],
    ['off the curve', offCurve.toString('base64')],
    ['compressed', compressed.toString('base64')],
    ['hybrid', hybrid.toString('base64')],
    ['infinity', Buffer.alloc(65, 0).toString('base64')],
    ['all zero coordinates', Buffer.concat([Buffer.from([4]), Buffer.alloc(64)]).toString('base64')],
    ['too long', Buffer.concat([point, Buffer.alloc(1)]).toString('base64')],
    ['without padding', ecdh.clientPublic.replace('=', '')],
    ['base64url', ecdh.clientPublic.replaceAll('/', '_')],
    ['with a line break', `${ecdh.clientPublic}\n`],
  ])('refuses a public key that is %s', (_, key) => {
    expect(reasonOf(() => createServerHandshake(key))).toBe('bad_public_key');
  });

  it('refuses a bad answer of the server', () => {
    const client = createEcdhKeyPair();
    expect(reasonOf(() => completeClientHandshake(client, { serverPublicKey: ecdh.serverPublic, salt: 'AAAA' }))).toBe(
      'malformed',
    );
    const answer = { serverPublicKey: 'AAAA', salt: salt.toString('base64') };
    expect(reasonOf(() => completeClientHandshake(client, answer))).toBe('bad_public_key');
  });
});

describe('SealedChannel', () => {
  const client = createEcdhKeyPair();
  const server = createServerHandshake(client.publicKey.toString('base64'));
  const clientKey = completeClientHandshake(client, server);

  it('carries any text between the two sides, as object or JSON', () => {
    const [left, right] = [new SealedChannel(server.key), new SealedChannel(clientKey)];
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(right.open(left.seal(text))).toBe(text);
        expect(left.open(JSON.stringify(right.seal(text)))).toBe(text);
      }),
    );
  });

  it('refuses forged and malformed frames', () => {
    const frame = new SealedChannel(server.key).seal('hello');
    const channel = new SealedChannel(clientKey);
    const stranger = new SealedChannel(createServerHandshake(ecdh.clientPublic).key);
    expect(reasonOf(() => stranger.open(frame))).toBe('forged');
    const bytes = Buffer.from(frame.ct, 'base64');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(reasonOf(() => channel.open({ iv: frame.iv, ct: changed.toString('base64') }))).toBe('forged');
    }
    const bad = [
      null,
      1,
      '{',
      '[]',
      {},
      { iv: 1, ct: 2 },
      { ...frame, iv: 'AAAA' },
      { ...frame, ct: 'AAAA' },
      { ...frame, ct: '*' },
    ];
    for (const value of bad) expect(reasonOf(() => channel.open(value))).toBe('malformed');
    expect(channel.open(frame)).toBe('hello');
  });

  it('refuses a repeated IV among the last 4,096, and forged frames do not make it forget', () => {
    const sender = new SealedChannel(server.key);
    const channel = new SealedChannel(clientKey);
    const first = sender.seal('first');
    expect(channel.open(first)).toBe('first');
    for (let count = 0; count < REMEMBERED_IVS; count += 1) {
      const forged = { ...sender.seal('x'), ct: Buffer.alloc(20).toString('base64') };
      expect(reasonOf(() => channel.open(forged))).toBe('forged');
    }
    expect(reasonOf(() => channel.open(first))).toBe('repeated_iv');
    for (let count = 1; count < REMEMBERED_IVS; count += 1) channel.open(sender.seal('x'));
    expect(reasonOf(() => channel.open(first))).toBe('repeated_iv');
    channel.open(sender.seal('x'));
    expect(channel.open(first)).toBe('first');
  });
});
