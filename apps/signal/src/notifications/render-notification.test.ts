import fc from 'fast-check';
import { NOTIFICATION_TYPES } from '@nx/contracts';
import { RecordError, type InboundRecord } from '@nx/messaging';
import { describe, expect, it } from 'vitest';
import { readActivity, type Activity } from './read-activity';
import { escapeHtml, renderNotification as render } from './render-notification';
import { loadTemplates } from './templates';

const templates = loadTemplates();
const renderNotification = (given: Activity, locale: 'vi' | 'en'): ReturnType<typeof render> =>
  render(templates, given, locale);

const record = (value: unknown): InboundRecord => ({
  topic: 'signal.activity-notification',
  partition: 1,
  offset: '7',
  timestampMs: 1_700_000_000_000,
  key: 'm-1',
  value,
  headers: {},
  eventId: 'signal.activity-notification/1/7/1700000000000',
});

const activity = (value: object): Activity =>
  readActivity(
    record({ eventType: 'PAYMENT_SUCCESS', recipientScope: 'merchant', merchantId: 'm-1', data: {}, ...value }),
  );

describe('a record', () => {
  it('may lack everything that is ours', () => {
    expect(activity({ actorId: 'u-1' })).toMatchObject({
      eventId: 'signal.activity-notification/1/7/1700000000000',
      eventType: 'PAYMENT_SUCCESS',
      scope: 'merchant',
      actorId: 'u-1',
      organizerId: null,
      merchantId: 'm-1',
      recipientIds: [],
      locale: null,
    });
  });

  it('keeps ids that came as numbers, and its own event id', () => {
    const read = activity({
      eventId: 'e-1',
      organizerId: 249385230413074433n,
      recipientIds: [5, 'b', 5],
      locale: 'en-US',
    });
    expect(read).toMatchObject({
      eventId: 'e-1',
      organizerId: '249385230413074433',
      recipientIds: ['5', 'b'],
      locale: 'en',
    });
  });

  it.each([
    [5, 'the value is no object'],
    [[], 'the value is no object'],
    [{}, 'eventType is missing; recipientScope is none of org, merchant, users'],
    [{ eventType: 'X', recipientScope: 'all' }, 'recipientScope'],
    [{ eventType: 'x'.repeat(81), recipientScope: 'org' }, 'eventType'],
    [{ eventType: 'X', recipientScope: 'users', recipientIds: 'u' }, 'recipientIds'],
    [{ eventType: 'X', recipientScope: 'users', recipientIds: [{}] }, 'recipientIds'],
    [{ eventType: 'X', recipientScope: 'org', data: 'x' }, 'data is no object'],
    [{ eventType: 'X', recipientScope: 'org', occurredAt: 'yesterday' }, 'occurredAt'],
    [{ eventType: 'X', recipientScope: 'org', eventId: 'a\u0000b' }, 'eventId'],
  ])('%j is refused with what is wrong', (value, message) => {
    expect(() => readActivity(record(value))).toThrow(RecordError);
    expect(() => readActivity(record(value))).toThrow(message);
  });

  it('links places of the platform and https pages only', () => {
    const linkOf = (actionUrl: string): string | null => activity({ actionUrl }).actionUrl;
    expect(linkOf('/orders/1')).toBe('/orders/1');
    expect(linkOf('https://pos.example.vn/x')).toBe('https://pos.example.vn/x');
    for (const url of ['javascript:alert(1)', '//evil.example', 'http://x', 'data:text/html,x'])
      expect(linkOf(url)).toBeNull();
  });
});

describe('texts', () => {
  it('are written for each language, money as in Vietnam', () => {
    const data = { amount: 1_234_567, currency: 'VND', orderNumber: 'SO-1', provider: 'VNPAY_QR_MMS' };
    expect(renderNotification(activity({ data }), 'vi')).toEqual({
      title: 'Thanh toán thành công 1.234.567 ₫',
      content: 'Đã nhận thanh toán 1.234.567 ₫ cho đơn hàng SO-1 qua VNPAY_QR_MMS.',
      html: '<p>Đã nhận thanh toán 1.234.567 ₫ cho đơn hàng SO-1 qua VNPAY_QR_MMS.</p>',
      locale: 'vi',
    });
    expect(renderNotification(activity({ data }), 'en')?.content).toBe(
      'A payment of 1.234.567 ₫ for order SO-1 was received through VNPAY_QR_MMS.',
    );
  });

  it('leave out what is not known', () => {
    expect(renderNotification(activity({ data: { amount: 'many' } }), 'vi')?.content).toBe('Đã nhận thanh toán.');
  });

  it('exist for every type, and for others that bring a title', () => {
    for (const eventType of NOTIFICATION_TYPES) {
      for (const locale of ['vi', 'en'] as const) {
        const rendered = renderNotification(activity({ eventType, data: { orderNumber: 'SO-1' } }), locale);
        expect([eventType, rendered?.title === '', rendered?.content.includes('{')]).toEqual([eventType, false, false]);
      }
    }
    expect(renderNotification(activity({ eventType: 'NEW' }), 'vi')).toBeUndefined();
    expect(renderNotification(activity({ eventType: 'NEW', data: { title: 'A [b] {c}' } }), 'vi')).toMatchObject({
      title: 'A [b] {c}',
      content: 'A [b] {c}',
    });
  });

  it('never let a value become HTML', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const rendered = renderNotification(
          activity({ data: { orderNumber: `<img src=x>${text.replaceAll('\u0000', '')}` } }),
          'vi',
        );
        expect(rendered?.html.slice(3, -4)).not.toMatch(/[<>"']/);
      }),
    );
    expect(escapeHtml(`&<>"'`)).toBe('&amp;&lt;&gt;&quot;&#39;');
  });
});
