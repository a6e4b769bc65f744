import { hkdfSync, webcrypto } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChannelError,
  MAX_FRAME_CHARACTERS,
  REMEMBERED_IVS,
  SealedChannel,
  completeClientHandshake,
  createEcdhKeyPair,
  createServerHandshake,
} from './index';
import { gcmSeal } from './aead';
import { anyFlip, flipped } from './flip.fixture';
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
    expect(server.key.type).toBe('secret');
    expect(Buffer.from(hkdfSync('sha256', Buffer.from(ecdh.shared, 'hex'), salt, ecdh.info, 32)).toString('hex')).toBe(
      ecdh.key,
    );
    const client = createEcdhKeyPair(Buffer.from(ecdh.clientPrivateHex, 'hex'));
    expect(client.publicKey.toString('base64')).toBe(ecdh.clientPublic);
    expect(completeClientHandshake(client, server).equals(server.key)).toBe(true);
    const channel = new SealedChannel(server.key, { random: () => Buffer.from(ecdh.ivHex, 'hex') });
    expect(channel.seal(ecdh.plaintext)).toEqual(ecdh.payload);
    expect(channel.open(ecdh.payload)).toBe(ecdh.plaintext);
  });

  it('meets RFC 5903, section 8.1', () => {
    const initiator = createEcdhKeyPair(
      Buffer.from('c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433', 'hex'),
    );
    const responder = createEcdhKeyPair(
      Buffer.from('c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53', 'hex'),
    );
    expect(initiator.publicKey.toString('hex')).toBe(
      '04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3',
    );
    expect(responder.publicKey.toString('hex')).toBe(
      '04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab',
    );
    const shared = Buffer.from('d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de', 'hex');
    const answer = createServerHandshake(initiator.publicKey.toString('base64'), { keyPair: responder, salt });
    const expected = Buffer.from(hkdfSync('sha256', shared, salt, 'ignis-ecdh-p256-aes-256-gcm-v1', 32));
    expect(answer.key.export().equals(expected)).toBe(true);
  });

  it('agrees with Web Crypto, which clients in browsers use', async () => {
    const { subtle } = webcrypto;
    const curve = { name: 'ECDH', namedCurve: 'P-256' } as const;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (info) => {
        const theirs = await subtle.generateKey(curve, false, ['deriveBits']);
        const point = Buffer.from(await subtle.exportKey('raw', theirs.publicKey)).toString('base64');
        const answer = createServerHandshake(point, { info });
        const ours = await subtle.importKey('raw', Buffer.from(answer.serverPublicKey, 'base64'), curve, false, []);
        const shared = await subtle.deriveBits({ name: 'ECDH', public: ours }, theirs.privateKey, 256);
        const expected = hkdfSync('sha256', Buffer.from(shared), Buffer.from(answer.salt, 'base64'), info, 32);
        expect(answer.key.export().equals(Buffer.from(expected))).toBe(true);
      }),
    );
  });

  it('makes pairs of any scalar of the curve, with its leading zeros, and of nothing else', () => {
    const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
    const one = Buffer.alloc(32);
    one[31] = 1;
    const pair = createEcdhKeyPair(one);
    expect(pair.privateKey).toEqual(one);
    // The curve's base point (FIPS 186-4, D.1.2.3).
    expect(pair.publicKey.toString('hex')).toBe(
      '046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
    );
    const last = Buffer.from(order.replace(/51$/, '50'), 'hex');
    expect(createEcdhKeyPair(last).privateKey).toEqual(last);
    for (const bad of [
      Buffer.alloc(32),
      Buffer.from(order, 'hex'),
      Buffer.alloc(32, 255),
      one.subarray(1),
      Buffer.alloc(33, 1),
    ]) {
      expect(reasonOf(() => createEcdhKeyPair(bad))).toBe('bad_private_key');
    }
    const broken = { privateKey: Buffer.alloc(32), publicKey: pair.publicKey };
    expect(reasonOf(() => createServerHandshake(ecdh.clientPublic, { keyPair: broken }))).toBe('bad_private_key');
  });

  it('takes any text as a public key to a handshake or to its own refusal', () => {
    const texts = fc.oneof(
      fc.anything(),
      fc
        .uint8Array({ minLength: 65, maxLength: 65 })
        .map((bytes) => Buffer.from([4, ...bytes.subarray(1)]).toString('base64')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(reasonOf(() => createServerHandshake(text))).toBe('bad_public_key');
      }),
    );
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
    ['one byte, the identity', 'AA=='],
    ['off the curve by one bit of x', flipped(point, { at: 0.1, mask: 1 }).toString('base64')],
    ['beyond the field', Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 255)]).toString('base64')],
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
    const hexSalt = salt.toString('hex');
    for (const bad of [
      '',
      ecdh.clientPublic,
      salt.toString('base64').replace('=', ''),
      hexSalt,
      undefined,
      5,
      [salt],
    ]) {
      const wrongSalt = { serverPublicKey: ecdh.serverPublic, salt: bad };
      expect(reasonOf(() => completeClientHandshake(client, wrongSalt))).toBe('malformed');
    }
  });

  it('draws salt and nothing else from the source it is given', () => {
    const handshake = createServerHandshake(ecdh.clientPublic, { random: (size) => Buffer.alloc(size, 9) });
    expect(handshake.salt).toBe(Buffer.alloc(32, 9).toString('base64'));
    expect(Buffer.from(createServerHandshake(ecdh.clientPublic).salt, 'base64')).toHaveLength(32);
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

  it('opens nothing in which any bits are turned', () => {
    const sender = new SealedChannel(server.key);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), anyFlip, (text, flip) => {
        const channel = new SealedChannel(clientKey);
        const frame = sender.seal(text);
        const turned = (member: string): string => flipped(Buffer.from(member, 'base64'), flip).toString('base64');
        expect(reasonOf(() => channel.open({ ...frame, iv: turned(frame.iv) }))).toBe('forged');
        expect(reasonOf(() => channel.open({ ...frame, ct: turned(frame.ct) }))).toBe('forged');
        expect(channel.open(frame)).toBe(text);
        expect(reasonOf(() => channel.open(frame))).toBe('repeated_iv');
      }),
    );
  });

  it('takes any input to a text or to its own refusal', () => {
    const channel = new SealedChannel(server.key);
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.json(), fc.record({ iv: fc.string(), ct: fc.string() })), (value) => {
        expect(['malformed', 'forged']).toContain(reasonOf(() => channel.open(value)));
      }),
    );
  });

  it('refuses what is longer than a connection holds, and what is no text', () => {
    const channel = new SealedChannel(server.key);
    const iv = Buffer.alloc(12, 3).toString('base64');
    expect(reasonOf(() => channel.open({ iv, ct: 'A'.repeat(MAX_FRAME_CHARACTERS) }))).toBe('forged');
    expect(reasonOf(() => channel.open({ iv, ct: 'A'.repeat(MAX_FRAME_CHARACTERS + 4) }))).toBe('too_large');
    expect(reasonOf(() => channel.open(' '.repeat(MAX_FRAME_CHARACTERS)))).toBe('malformed');
    expect(reasonOf(() => channel.open(' '.repeat(MAX_FRAME_CHARACTERS + 1)))).toBe('too_large');
    expect(MAX_FRAME_CHARACTERS).toBe(1_048_576);
    const noText = { iv, ct: gcmSeal(server.key, Buffer.alloc(12, 3), Buffer.from([0xff])).toString('base64') };
    expect(reasonOf(() => channel.open(noText))).toBe('malformed');
    expect(reasonOf(() => channel.open(noText))).toBe('repeated_iv');
  });

  it('seals under a new random IV each time, in order', () => {
    const sender = new SealedChannel(server.key);
    // More than are drawn at once.
    const frames = Array.from({ length: 2_000 }, (_, index) => sender.seal(String(index)));
    expect(new Set(frames.map(({ iv }) => iv)).size).toBe(2_000);
    const channel = new SealedChannel(clientKey);
    expect(frames.map((frame) => Number(channel.open(frame)))).toEqual([...frames.keys()]);
    expect(Buffer.from(frames[0]?.ct ?? '', 'base64')).toHaveLength(1 + 16);
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
