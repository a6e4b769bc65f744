import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  MAX_WEBHOOK_BODY_BYTES,
  WebhookKeyError,
  WebhookMessageError,
  createStandardKeyPair,
  createStandardSecret,
  readStandardHeaders,
  signStandard,
  signStandardV1,
  signStandardV1a,
  verifyStandard,
} from './index';
import { anyFlip, flipped } from './flip.fixture';

const NOW_MS = 1_795_000_000_000;
const seconds = NOW_MS / 1000;
const message = { id: 'msg_1', timestampSeconds: seconds, rawBody: '{"a":1}' };
const received = { id: 'msg_1', timestamp: `${seconds}`, rawBody: '{"a":1}', nowMs: NOW_MS };
// Written out: a fault in making keys then fails tests instead of keeping this file from being read. Bytes 7, 9; seed 8.
const secret = 'whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=';
const fresh = 'whsec_CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=';
const pair = {
  privateKey: 'whsk_CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgTmPYsbRpFfFG6aktfPb0vafypMhYhjciZfkFr0X2Tyg==',
  publicKey: 'whpk_E5j2LG0aRXxRumpLXz29L2n8qTIWIY3ImX5Ba9F9k8o=',
};
const base64 = (size: number): string => Buffer.alloc(size, 5).toString('base64');

describe('v1', () => {
  it("meets the reference implementation's example", () => {
    const signature = signStandardV1('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      rawBody: '{"test": 2432232314}',
    });
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('makes secrets of 32 bytes and takes 24 to 64', () => {
    expect(createStandardSecret((size) => Buffer.alloc(size, 7))).toBe(secret);
    expect(createStandardSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(createStandardSecret()).not.toBe(createStandardSecret());
    for (const size of [24, 64]) expect(signStandardV1(`whsec_${base64(size)}`, message)).toMatch(/^v1,.{44}$/);
    for (const size of [0, 23, 65]) {
      expect(() => signStandardV1(`whsec_${base64(size)}`, message)).toThrow(
        new WebhookKeyError('A whsec_ secret is base64 of 24 to 64 bytes.'),
      );
    }
  });

  it.each([
    secret.slice('whsec_'.length),
    `${secret} `,
    secret.replace('=', ''),
    'whsec_not base64',
    '',
    pair.publicKey,
  ])('refuses the secret %j', (bad) => {
    expect(() => signStandardV1(bad, message)).toThrow(new WebhookKeyError('A whsec_ key is whsec_ and base64.'));
  });
});

describe('v1a', () => {
  it('derives the ed25519 key of RFC 8032 test 1', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    const publicKey = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
    const derived = createStandardKeyPair(() => seed);
    expect(derived.publicKey).toBe(`whpk_${publicKey.toString('base64')}`);
    expect(derived.privateKey).toBe(`whsk_${Buffer.concat([seed, publicKey]).toString('base64')}`);
    expect(signStandardV1a(`whsk_${seed.toString('base64')}`, message)).toBe(
      signStandardV1a(derived.privateKey, message),
    );
    expect(createStandardKeyPair((size) => Buffer.alloc(size, 8))).toEqual(pair);
    expect(createStandardKeyPair().publicKey).not.toBe(createStandardKeyPair().publicKey);
  });

  it('is plain ed25519 of node:crypto in both directions', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (rawBody) => {
        const { privateKey, publicKey } = generateKeyPairSync('ed25519');
        const seed = privateKey.export({ format: 'jwk' }).d ?? '';
        const point = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
        const content = Buffer.from(`msg_1.${seconds}.${rawBody}`);
        const theirs = `v1a,${sign(null, content, privateKey).toString('base64')}`;
        expect(verifyStandard([`whpk_${point}`], { ...received, rawBody, signature: theirs })).toBe(true);
        const ours = signStandardV1a(`whsk_${Buffer.from(seed, 'base64url').toString('base64')}`, {
          ...message,
          rawBody,
        });
        expect(ours).toBe(theirs);
        const signature = Buffer.from(ours.slice('v1a,'.length), 'base64');
        expect(verify(null, content, createPublicKey(privateKey), signature)).toBe(true);
      }),
    );
  });

  it('refuses keys of another form, and a private key beside a foreign public one', () => {
    const form = new WebhookKeyError('A whsk_ key is base64 of the seed, or of the seed and its public key.');
    for (const size of [0, 31, 33, 63, 64, 65, 96]) {
      expect(() => signStandardV1a(`whsk_${base64(size)}`, message)).toThrow(form);
    }
    const check = (key: string): boolean => verifyStandard([key], { ...received, signature: 'v1a,AAAA' });
    for (const size of [0, 31, 33, 64]) {
      expect(() => check(`whpk_${base64(size)}`)).toThrow(new WebhookKeyError('A whpk_ key is base64 of 32 bytes.'));
    }
    expect(() => check(pair.privateKey)).toThrow(new WebhookKeyError('A whpk_ key is whpk_ and base64.'));
    expect(() => signStandardV1a(pair.publicKey, message)).toThrow(
      new WebhookKeyError('A whsk_ key is whsk_ and base64.'),
    );
  });
});

describe('v1a keys of small order', () => {
  const ff = 'ff'.repeat(30);
  const points = [
    '00'.repeat(32),
    `01${'00'.repeat(31)}`,
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    `ec${ff}7f`,
    `ed${ff}7f`,
    `ee${ff}7f`,
  ].map((point) => Buffer.from(point, 'hex'));

  it.each(points.map((point) => [point.toString('hex'), point] as const))('are refused: %s', (_, point) => {
    for (const key of [point, flipped(point, { at: 31 / 32, mask: 0x80 })]) {
      const input = { ...received, signature: `v1a,${Buffer.alloc(64).toString('base64')}` };
      expect(() => verifyStandard([`whpk_${key.toString('base64')}`], input)).toThrow(
        new WebhookKeyError('A whpk_ key must not be a point of small order.'),
      );
    }
  });
});

describe('one header of several signatures', () => {
  it('signs with every key in its own scheme, in order', () => {
    expect(signStandard([secret, pair.privateKey, fresh], message)).toBe(
      [signStandardV1(secret, message), signStandardV1a(pair.privateKey, message), signStandardV1(fresh, message)].join(
        ' ',
      ),
    );
    const error = new WebhookKeyError('A webhook is signed with 1 to 16 keys.');
    expect(() => signStandard([], message)).toThrow(error);
    expect(() => signStandard(Array<string>(17).fill(secret), message)).toThrow(error);
    expect(signStandard(Array<string>(16).fill(secret), message).split(' ')).toHaveLength(16);
  });

  it('verifies any of the signatures with any of the keys', () => {
    const signature = signStandard([secret, fresh, pair.privateKey], message);
    for (const keys of [
      [secret],
      [fresh],
      [createStandardSecret(), secret],
      [pair.publicKey],
      [secret, createStandardSecret()],
    ]) {
      expect(verifyStandard(keys, { ...received, signature })).toBe(true);
    }
    const strangers = [createStandardSecret(), createStandardKeyPair().publicKey];
    expect(verifyStandard(strangers, { ...received, signature })).toBe(false);
    expect(verifyStandard([], { ...received, signature })).toBe(false);
  });

  it('trusts a version only from its own kind of key', () => {
    const v1 = signStandardV1(secret, message);
    const v1a = signStandardV1a(pair.privateKey, message);
    for (const signature of [v1.replace('v1,', 'v1a,'), v1.replace('v1,', 'v2,'), v1a]) {
      expect(verifyStandard([secret], { ...received, signature })).toBe(false);
    }
    for (const signature of [v1a.replace('v1a,', 'v1,'), v1a.replace('v1a,', 'v1b,'), v1]) {
      expect(verifyStandard([pair.publicKey], { ...received, signature })).toBe(false);
    }
    expect(verifyStandard([pair.publicKey], { ...received, signature: `v9,AAAA v1a,A ${v1a}` })).toBe(true);
  });

  it.each([
    { id: 'msg_2' },
    { rawBody: '{"a":2}' },
    { timestamp: seconds + 1 },
    { nowMs: NOW_MS + 300_001 },
    { nowMs: NOW_MS - 300_001 },
    { nowMs: NOW_MS + 1_001, toleranceMs: 1_000 },
    { nowMs: Number.NaN },
    { toleranceMs: Number.NaN },
    { timestamp: `${seconds}.0` },
    { timestamp: `0${seconds}` },
    { timestamp: `${seconds}x` },
    { signature: '' },
    { rawBody: '' },
  ])('refuses %o in both schemes', (change) => {
    const signature = signStandard([secret, pair.privateKey], message);
    const input = { ...received, signature };
    for (const key of [secret, pair.publicKey]) {
      expect(verifyStandard([key], input)).toBe(true);
      expect(verifyStandard([key], { ...input, nowMs: NOW_MS + 300_000 })).toBe(true);
      expect(verifyStandard([key], { ...input, nowMs: NOW_MS - 300_000 })).toBe(true);
      expect(verifyStandard([key], { ...input, ...change })).toBe(false);
    }
  });

  // Not in a table: a body this large would become a part of the test's name.
  it('takes a body of 1 MiB and refuses a larger one, in both schemes', () => {
    const largest = Buffer.alloc(MAX_WEBHOOK_BODY_BYTES);
    for (const [signer, key] of [
      [secret, secret],
      [pair.privateKey, pair.publicKey],
    ] as const) {
      const signature = signStandard([signer], { ...message, rawBody: largest });
      expect(verifyStandard([key], { ...received, rawBody: largest, signature })).toBe(true);
      for (const rawBody of [Buffer.alloc(largest.length + 1), 'x'.repeat(largest.length + 1)]) {
        expect(verifyStandard([key], { ...received, rawBody, signature })).toBe(false);
        expect(() => signStandard([signer], { ...message, rawBody })).toThrow(
          new WebhookMessageError('body', 'too_large', 'A webhook has at most 1048576 bytes.'),
        );
      }
    }
  });

  it('refuses a body or signature in which any bits are turned', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), anyFlip, (rawBody, flip) => {
        for (const [signer, key] of [
          [secret, secret],
          [pair.privateKey, pair.publicKey],
        ] as const) {
          const signature = signStandard([signer], { ...message, rawBody });
          const [version = '', text = ''] = signature.split(',');
          const forged = `${version},${flipped(Buffer.from(text, 'base64'), flip).toString('base64')}`;
          expect(verifyStandard([key], { ...received, rawBody, signature })).toBe(true);
          expect(verifyStandard([key], { ...received, rawBody: flipped(rawBody, flip), signature })).toBe(false);
          expect(verifyStandard([key], { ...received, rawBody, signature: forged })).toBe(false);
        }
      }),
    );
  });
});

describe('headers', () => {
  const read = { id: 'msg_1', timestamp: '7', signature: 'v1,AAAA v1a,BBBB= v2,+/' };
  const ID = ['id', 'malformed', 'A webhook id is 1 to 256 printable characters without a dot.'] as const;
  const TIME = ['timestamp', 'malformed', 'The timestamp of a webhook is a whole number, not negative.'] as const;
  const SIGNATURE = ['signature', 'malformed', 'A signature is <version>,<base64>.'] as const;
  const MANY = ['signature', 'too_large', 'At most 16 signatures are read.'] as const;

  it('are read to their parts', () => {
    const signatures = [
      { version: 'v1', signature: 'AAAA' },
      { version: 'v1a', signature: 'BBBB=' },
      { version: 'v2', signature: '+/' },
    ];
    expect(readStandardHeaders(read)).toEqual({ id: 'msg_1', timestampSeconds: 7, signatures });
    const widest = {
      id: '~'.repeat(256),
      timestamp: 0,
      signature: Array<string>(16)
        .fill(`${'z'.repeat(16)},${'A'.repeat(1024)}`)
        .join(' '),
    };
    expect(readStandardHeaders(widest).signatures).toHaveLength(16);
  });

  it.each([
    [{ id: '' }, ID],
    [{ id: 'msg.1' }, ID],
    [{ id: 'msg 1' }, ID],
    [{ id: 'msg_1\n' }, ID],
    [{ id: 'ữ' }, ID],
    [{ timestamp: '' }, TIME],
    [{ timestamp: '-1' }, TIME],
    [{ timestamp: '1e3' }, TIME],
    [{ timestamp: 0.5 }, TIME],
    [{ signature: '' }, SIGNATURE],
    [{ signature: 'v1' }, SIGNATURE],
    [{ signature: 'v1,' }, SIGNATURE],
    [{ signature: ',AAAA' }, SIGNATURE],
    [{ signature: 'v1,AAAA ' }, SIGNATURE],
    [{ signature: ' v1,AAAA' }, SIGNATURE],
    [{ signature: 'v1,AAAA  v1,AAAA' }, SIGNATURE],
    [{ signature: 'V1,AAAA' }, SIGNATURE],
    [{ signature: `${'z'.repeat(17)},AAAA` }, SIGNATURE],
    [{ signature: 'v1,AA-A' }, SIGNATURE],
    [{ signature: 'v1,AAAA,' }, SIGNATURE],
    [{ signature: Array<string>(17).fill('v1,AAAA').join(' ') }, MANY],
  ])('are refused with the part that is wrong: %o', (change, [field, reason, text]) => {
    const error = new WebhookMessageError(field, reason, text);
    expect(() => readStandardHeaders({ ...read, ...change })).toThrow(error);
    expect(verifyStandard([secret], { ...received, ...read, ...change })).toBe(false);
  });

  it('are refused one character beyond the longest id and the longest signature', () => {
    const refused = (change: Partial<typeof read>): (() => unknown) => {
      return () => readStandardHeaders({ ...read, ...change });
    };
    expect(refused({ id: 'x'.repeat(257) })).toThrow(new WebhookMessageError(...ID));
    expect(refused({ signature: `v1,${'A'.repeat(1025)}` })).toThrow(new WebhookMessageError(...SIGNATURE));
  });

  it('are read or refused with the one error, whatever they are', () => {
    const headers = fc.record({
      id: fc.string(),
      timestamp: fc.oneof(fc.string(), fc.double()),
      signature: fc.string(),
    });
    fc.assert(
      fc.property(headers, (given) => {
        try {
          expect(readStandardHeaders(given).id).toBe(given.id);
        } catch (error) {
          expect(error).toBeInstanceOf(WebhookMessageError);
        }
      }),
    );
  });

  it.each([
    [{ id: 'a.b' }, 'id'],
    [{ timestampSeconds: -1 }, 'timestamp'],
    [{ timestampSeconds: 0.5 }, 'timestamp'],
  ])('are not made from %o', (change, field) => {
    for (const signer of [secret, pair.privateKey]) {
      expect(() => signStandard([signer], { ...message, ...change })).toThrow(
        expect.objectContaining({ name: 'WebhookMessageError', field }) as Error,
      );
    }
  });
});

// The npm library knows v1 alone and skips v1a. It is wrong, or laxer than the specification, in these: it reads the
// timestamp with parseInt (`7x` and `7.9` pass for 7), takes secrets without prefix and of any length, allows dots in
// ids, turns bodies that are no UTF-8 into replacement characters before it signs them, and cuts the present time to
// whole seconds, so that its five minutes last up to a second longer.
describe('beside the npm library standardwebhooks', () => {
  afterEach(() => vi.useRealTimers());

  const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
  const at = fc.integer({ min: 0, max: 4_000_000_000 });
  const keys = fc
    .uint8Array({ minLength: 24, maxLength: 64 })
    .map((key) => `whsec_${Buffer.from(key).toString('base64')}`);

  it('each signs what the other takes', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    fc.assert(
      fc.property(id, at, fc.json(), keys, (messageId, timestampSeconds, rawBody, key) => {
        vi.setSystemTime(timestampSeconds * 1000);
        const theirs = new Webhook(key);
        const ours = signStandardV1(key, { id: messageId, timestampSeconds, rawBody });
        expect(theirs.sign(messageId, new Date(timestampSeconds * 1000), rawBody)).toBe(ours);
        const headers = {
          'webhook-id': messageId,
          'webhook-timestamp': String(timestampSeconds),
          'webhook-signature': `${signStandard([secret, pair.privateKey, key], { id: messageId, timestampSeconds, rawBody })}`,
        };
        // It returns the parsed body, and throws when no signature fits; '0' as a timestamp counts as given.
        expect(theirs.verify(rawBody, headers)).toEqual(JSON.parse(rawBody));
        expect(
          verifyStandard([key], {
            id: messageId,
            timestamp: String(timestampSeconds),
            rawBody,
            signature: theirs.sign(messageId, new Date(timestampSeconds * 1000), rawBody),
            nowMs: timestampSeconds * 1000,
          }),
        ).toBe(true);
      }),
    );
  });

  it('refuses timestamps that it would take', () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW_MS });
    const signature = signStandardV1(secret, message);
    for (const timestamp of [`${seconds}x`, `${seconds}.9`, ` ${seconds}`]) {
      const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': timestamp, 'webhook-signature': signature };
      expect(new Webhook(secret).verify(message.rawBody, headers)).toEqual({ a: 1 });
      expect(verifyStandard([secret], { ...received, timestamp, signature })).toBe(false);
    }
  });
});
