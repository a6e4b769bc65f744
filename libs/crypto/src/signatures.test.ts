import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  WebhookKeyError,
  constantTimeEqual,
  constantTimeEqualHex,
  createStandardKeyPair,
  createStandardSecret,
  hmacSha256Hex,
  hmacSha512Hex,
  md5Hex,
  randomToken,
  sha256Hex,
  signStandardV1,
  signStandardV1a,
  signWebhook,
  verifyStandardV1,
  verifyStandardV1a,
  verifyWebhook,
} from './index';

const NOW_MS = 1_795_000_000_000;

describe('hashes', () => {
  it('meets RFC 4231 case 2, RFC 1321 and FIPS 180', () => {
    const data = 'what do ya want for nothing?';
    expect(hmacSha256Hex('Jefe', data)).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
    expect(hmacSha512Hex('Jefe', data)).toBe(
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    );
    expect(md5Hex('abc')).toBe('900150983cd24fb0d6963f7d28e17f72');
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('compares like ===, for any lengths', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        expect(constantTimeEqual(left, right)).toBe(left === right);
        expect(constantTimeEqual(left, Buffer.from(left))).toBe(true);
      }),
    );
    expect(constantTimeEqual('', '')).toBe(true);
    expect(constantTimeEqualHex('aBcd', 'AbCD')).toBe(true);
    expect(constantTimeEqualHex('abcd', 'abce')).toBe(false);
    expect(constantTimeEqualHex('', '')).toBe(false);
    expect(constantTimeEqualHex('xy', 'xy')).toBe(false);
  });

  it('makes tokens of the given strength', () => {
    expect(randomToken()).toMatch(/^[\w-]{43}$/);
    expect(randomToken()).not.toBe(randomToken());
    expect(randomToken(3, () => Buffer.from([255, 255, 255]))).toBe('____');
  });
});

describe('HMAC_SHA256 webhooks', () => {
  const body = '{"eventType":"mq-pay:attempt.success","note":"Cà phê"}';
  const signed = {
    secrets: ['s1'],
    timestamp: String(NOW_MS),
    eventType: 'mq-pay:attempt.success',
    rawBody: body,
    signature: signWebhook('s1', NOW_MS, 'mq-pay:attempt.success', body),
    nowMs: NOW_MS,
  };

  it('signs timestamp|eventType|body', () => {
    expect(signed.signature).toBe(hmacSha256Hex('s1', `${NOW_MS}|mq-pay:attempt.success|${body}`));
    expect(signWebhook('s1', NOW_MS, 'mq-pay:attempt.success', Buffer.from(body))).toBe(signed.signature);
  });

  it('accepts during a rotation and within five minutes', () => {
    expect(verifyWebhook(signed)).toBe(true);
    expect(verifyWebhook({ ...signed, signature: signed.signature.toUpperCase() })).toBe(true);
    expect(verifyWebhook({ ...signed, secrets: ['s2', 's1'] })).toBe(true);
    expect(verifyWebhook({ ...signed, nowMs: NOW_MS + 300_000 })).toBe(true);
    expect(verifyWebhook({ ...signed, nowMs: NOW_MS - 300_000 })).toBe(true);
  });

  it.each([
    { secrets: ['s2'] },
    { secrets: [] },
    { eventType: 'mq-pay:attempt.failed' },
    { rawBody: `${body} ` },
    { signature: '' },
    { signature: signed.signature.slice(2) },
    { timestamp: `${NOW_MS + 1}` },
    { timestamp: ` ${NOW_MS}` },
    { timestamp: 'soon' },
    { timestamp: Number.NaN },
    { nowMs: NOW_MS + 300_001 },
    { nowMs: NOW_MS - 300_001 },
  ])('refuses %o', (change) => {
    expect(verifyWebhook({ ...signed, ...change })).toBe(false);
  });
});

describe('Standard Webhooks', () => {
  const seconds = NOW_MS / 1000;
  const message = { id: 'msg_1', timestampSeconds: seconds, rawBody: '{"a":1}' };
  const received = { id: 'msg_1', timestamp: `${seconds}`, rawBody: '{"a":1}', nowMs: NOW_MS };

  it("meets the reference implementation's example", () => {
    const signature = signStandardV1('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      rawBody: '{"test": 2432232314}',
    });
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('verifies one of several signatures with one of several secrets', () => {
    const [old, fresh] = [createStandardSecret(), createStandardSecret()];
    const signature = `${signStandardV1(old, message)} ${signStandardV1(fresh, message)}`;
    expect(verifyStandardV1([fresh], { ...received, signature })).toBe(true);
    expect(verifyStandardV1([createStandardSecret(), old], { ...received, signature })).toBe(true);
    expect(verifyStandardV1([createStandardSecret()], { ...received, signature })).toBe(false);
    expect(verifyStandardV1([old], { ...received, signature, rawBody: '{"a":2}' })).toBe(false);
    expect(verifyStandardV1([old], { ...received, signature, id: 'msg_2' })).toBe(false);
    expect(verifyStandardV1([old], { ...received, signature, nowMs: NOW_MS + 301_000 })).toBe(false);
    expect(verifyStandardV1([old], { ...received, signature: '' })).toBe(false);
    expect(() => signStandardV1('whsec_', message)).toThrow(WebhookKeyError);
    expect(() => signStandardV1('whsec_not base64', message)).toThrow(WebhookKeyError);
  });

  it('derives the ed25519 key of RFC 8032 test 1', () => {
    const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
    const publicKey = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
    const pair = createStandardKeyPair(() => seed);
    expect(pair.publicKey).toBe(`whpk_${publicKey.toString('base64')}`);
    expect(pair.privateKey).toBe(`whsk_${Buffer.concat([seed, publicKey]).toString('base64')}`);
    expect(signStandardV1a(`whsk_${seed.toString('base64')}`, message)).toBe(signStandardV1a(pair.privateKey, message));
  });

  it('verifies v1a and nothing else', () => {
    const [pair, other] = [createStandardKeyPair(), createStandardKeyPair()];
    const signature = `v1,AAAA ${signStandardV1a(pair.privateKey, message)}`;
    expect(verifyStandardV1a([other.publicKey, pair.publicKey], { ...received, signature })).toBe(true);
    expect(verifyStandardV1a([other.publicKey], { ...received, signature })).toBe(false);
    expect(verifyStandardV1a([pair.publicKey], { ...received, signature, rawBody: '{}' })).toBe(false);
    expect(verifyStandardV1a([pair.publicKey], { ...received, signature: signature.replace('v1a,', 'v1b,') })).toBe(
      false,
    );
    expect(verifyStandardV1a([pair.publicKey], { ...received, signature, timestamp: `${seconds - 301}` })).toBe(false);
    expect(() => verifyStandardV1a(['whpk_AAAA'], { ...received, signature })).toThrow(WebhookKeyError);
    expect(() => signStandardV1a('whsk_AAAA', message)).toThrow(WebhookKeyError);
  });
});
