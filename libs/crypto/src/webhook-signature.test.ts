import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_WEBHOOK_BODY_BYTES,
  WEBHOOK_TOLERANCE_MS,
  WebhookKeyError,
  WebhookMessageError,
  hmacSha256Hex,
  signWebhook,
  verifyWebhook,
} from './index';
import { anyFlip, flipped } from './flip.fixture';

const NOW_MS = 1_795_000_000_000;
const EVENT = 'mq-pay:attempt.success';
const body = '{"eventType":"mq-pay:attempt.success","note":"Cà phê"}';
// HMAC-SHA-256 of `1795000000000|mq-pay:attempt.success|<body>` under `s1`, by OpenSSL. Written out: a fault in signing
// then fails tests instead of keeping this file from being read.
const SIGNATURE = '8f701a2efdec75ca9aac0e81edc157520247203dae83c9c4f5682acdfd48f52f';
const signed = {
  secrets: ['s1'],
  timestamp: String(NOW_MS),
  eventType: EVENT,
  rawBody: body,
  signature: SIGNATURE,
  nowMs: NOW_MS,
};

describe('signing with HMAC_SHA256', () => {
  it('signs timestamp|eventType|body', () => {
    expect(signWebhook('s1', NOW_MS, EVENT, body)).toBe(SIGNATURE);
    expect(signWebhook('s1', NOW_MS, EVENT, Buffer.from(body))).toBe(SIGNATURE);
    expect(signWebhook('s1', 0, 'a', '')).toBe('b3b06d9c399c3f41da9cb0221f8310c3c20a504cda27c5a215299426bff22dee');
    const [large, longest] = ['x'.repeat(MAX_WEBHOOK_BODY_BYTES), '~'.repeat(128)];
    expect(signWebhook('s1', 1, longest, large)).toBe(hmacSha256Hex('s1', `1|${longest}|${large}`));
    expect([MAX_WEBHOOK_BODY_BYTES, WEBHOOK_TOLERANCE_MS]).toEqual([1_048_576, 300_000]);
  });

  const TIMESTAMP = ['timestamp', 'malformed', 'The timestamp of a webhook is a whole number, not negative.'] as const;
  const TYPE = ['eventType', 'malformed', 'An event type is 1 to 128 printable characters without "|".'] as const;
  const SIZE = ['body', 'too_large', 'A webhook has at most 1048576 bytes.'] as const;
  it.each([
    [-1, EVENT, '', TIMESTAMP],
    [0.5, EVENT, '', TIMESTAMP],
    [Number.NaN, EVENT, '', TIMESTAMP],
    [2 ** 53, EVENT, '', TIMESTAMP],
    [1, '', '', TYPE],
    [1, 'a|b', '', TYPE],
    [1, 'a b', '', TYPE],
    [1, 'a\n', '', TYPE],
    [1, 'sự-kiện', '', TYPE],
    [1, '~'.repeat(129), '', TYPE],
    [1, EVENT, 'x'.repeat(MAX_WEBHOOK_BODY_BYTES + 1), SIZE],
    [1, EVENT, 'ữ'.repeat(MAX_WEBHOOK_BODY_BYTES / 2), SIZE],
    [1, EVENT, Buffer.alloc(MAX_WEBHOOK_BODY_BYTES + 1), SIZE],
  ])('refuses %d, %j', (timestampMs, eventType, rawBody, [field, reason, message]) => {
    const error = new WebhookMessageError(field, reason, message);
    expect(() => signWebhook('s1', timestampMs, eventType, rawBody)).toThrow(error);
    expect(error).toMatchObject({ name: 'WebhookMessageError', field, reason });
  });

  it('refuses an empty secret, which anyone could guess', () => {
    const error = new WebhookKeyError('A webhook secret must not be empty.');
    expect(() => signWebhook('', NOW_MS, EVENT, body)).toThrow(error);
    expect(() => verifyWebhook({ ...signed, secrets: ['s1', ''] })).toThrow(error);
    expect(error.name).toBe('WebhookKeyError');
  });
});

describe('verifying HMAC_SHA256', () => {
  it.each([
    {},
    { signature: SIGNATURE.toUpperCase() },
    { secrets: ['s2', 's1'] },
    { secrets: ['s1', 's2'] },
    { timestamp: NOW_MS },
    { rawBody: Buffer.from(body) },
    { nowMs: NOW_MS + 300_000 },
    { nowMs: NOW_MS - 300_000 },
    { nowMs: NOW_MS + 2_000, toleranceMs: 2_000 },
  ])('accepts %o', (change) => {
    expect(verifyWebhook({ ...signed, ...change })).toBe(true);
  });

  it.each([
    { secrets: ['s2'] },
    { secrets: [] },
    { eventType: 'mq-pay:attempt.failed' },
    { eventType: `${EVENT}|` },
    { rawBody: `${body} ` },
    { signature: '' },
    { signature: SIGNATURE.slice(2) },
    { signature: ` ${SIGNATURE}` },
    { timestamp: `${NOW_MS + 1}` },
    { timestamp: ` ${NOW_MS}` },
    { timestamp: `0${NOW_MS}` },
    { timestamp: `+${NOW_MS}` },
    { timestamp: `${NOW_MS}.0` },
    { timestamp: `${NOW_MS}x` },
    { timestamp: '1.795e12' },
    { timestamp: 'soon' },
    { timestamp: '' },
    { timestamp: '99999999999999999' },
    { timestamp: Number.NaN },
    { timestamp: -1 },
    { nowMs: NOW_MS + 300_001 },
    { nowMs: NOW_MS - 300_001 },
    { nowMs: NOW_MS + 2_001, toleranceMs: 2_000 },
    { nowMs: Number.NaN },
    { toleranceMs: Number.NaN },
    { toleranceMs: -1 },
  ])('refuses %o', (change) => {
    expect(verifyWebhook({ ...signed, ...change })).toBe(false);
  });

  it('takes any input to true or false, and true only for what was signed', () => {
    const parts = fc.record({
      timestamp: fc.string(),
      eventType: fc.string(),
      rawBody: fc.string(),
      signature: fc.string(),
    });
    fc.assert(
      fc.property(parts, (change) => {
        expect(verifyWebhook({ ...signed, ...change })).toBe(false);
      }),
    );
  });

  it('refuses a body or signature in which any bits are turned', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), anyFlip, (rawBody, flip) => {
        const signature = signWebhook('s1', NOW_MS, EVENT, rawBody);
        expect(verifyWebhook({ ...signed, rawBody, signature })).toBe(true);
        expect(verifyWebhook({ ...signed, rawBody: flipped(rawBody, flip), signature })).toBe(false);
        const forged = flipped(Buffer.from(signature, 'hex'), flip).toString('hex');
        expect(verifyWebhook({ ...signed, rawBody, signature: forged })).toBe(false);
      }),
    );
  });
});
