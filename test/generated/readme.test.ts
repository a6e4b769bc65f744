import { readFileSync } from 'node:fs';
import { WEBHOOK_HEADERS } from '@nx/contracts';
import { signWebhook } from '@nx/crypto';
import { describe, expect, it } from 'vitest';

type IsGenuine = (headers: Record<string, string>, rawBody: string, secret: string, nowMs?: number) => boolean;

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const sample = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
const { isGenuine } = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(sample)}`)) as {
  isGenuine: IsGenuine;
};

describe("the README's check of a webhook", () => {
  const now = 1_795_000_000_000;
  const body = '{"eventType":"mq-pay:transaction.settled"}';
  const secret = 'a secret';
  const headers = {
    [WEBHOOK_HEADERS.eventType.toLowerCase()]: 'mq-pay:transaction.settled',
    [WEBHOOK_HEADERS.timestamp.toLowerCase()]: String(now),
    [WEBHOOK_HEADERS.signature.toLowerCase()]: signWebhook(secret, now, 'mq-pay:transaction.settled', body),
  };

  it('takes what we sign', () => {
    expect(isGenuine(headers, body, secret, now)).toBe(true);
  });

  it.each([
    ['another body', headers, `${body} `, secret, now],
    ['another secret', headers, body, 'other', now],
    ['another event type', { ...headers, 'x-webhook-event-type': 'x' }, body, secret, now],
    ['no signature', { ...headers, 'x-webhook-signature': '' }, body, secret, now],
    ['no timestamp', { ...headers, 'x-webhook-timestamp': '' }, body, secret, now],
    ['an old one', headers, body, secret, now + 300_001],
  ] as const)('refuses %s', (_what, given, text, key, at) => {
    expect(isGenuine(given, text, key, at)).toBe(false);
  });
});
