import { describe, expect, it } from 'vitest';
import { explainPayment } from './explain-payment';
import { attempt, NOW, paid, query, snapshot, suspended, unknown } from './payment-snapshot.fixture';

describe('why says nothing that is not so', () => {
  it('of money in suspense that is gone, nobody has to decide', () => {
    const { next, proven } = explainPayment(
      snapshot({ transaction: paid, suspense: [suspended({ left: 0n }), suspended({ id: 's2', left: 1n })] }),
      NOW,
    );
    expect(proven).toHaveLength(2);
    expect(next.map(({ what }) => what)).toEqual(['Decide over suspense s2: suspense accept or suspense refund.']);
  });

  it('what goes back by itself and is overdue does so now, not in the past', () => {
    const { next } = explainPayment(snapshot({ suspense: [suspended({ autoRefundAt: NOW - 1 })] }), NOW);
    expect(next).toEqual([{ who: 'worker', at: NOW, what: 'Suspense s1 goes back by itself.' }]);
  });

  it('a call without an end is one of its own attempt', () => {
    const running = query({ attemptId: 'a2', finishedAt: null, outcome: null });
    const attempts = [attempt(unknown), attempt({ ...unknown, id: 'a2', uid: 'ATT2' })];
    expect(explainPayment(snapshot({ attempts, operations: [running] }), NOW).open).toEqual([
      'ATT2: the QUERY of 2026-11-21T02:58:00Z has no end; its outcome is not known.',
    ]);
  });

  it('the last evidence of an attempt is no other attempt’s', () => {
    const attempts = [attempt(unknown), attempt({ ...unknown, id: 'a2', uid: 'ATT2' })];
    const [first, second] = explainPayment(snapshot({ attempts, operations: [query()] }), NOW).evidence;
    expect(first).toContain('Last evidence, 2026-11-21T02:58:00Z: the QUERY');
    expect(second).toContain('The provider has said nothing about it.');
  });

  it('many events that wait for one way out are one thing to wait for', () => {
    const waiting = { eventType: 'mq-pay:attempt.success', createdAt: NOW, routes: ['payment.events', 'webhooks'] };
    const { open, next } = explainPayment(snapshot({ transaction: paid, waiting: [waiting, waiting] }), NOW);
    expect(open).toHaveLength(2);
    expect(next.map(({ what }) => what)).toEqual([
      'The relay hands on what waits for payment.events as soon as that takes it.',
      'The relay hands on what waits for webhooks as soon as that takes it.',
    ]);
  });
});
