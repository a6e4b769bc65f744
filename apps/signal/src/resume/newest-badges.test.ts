import { ManualClock } from '@nx/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboxState } from './inbox-mark';
import { NewestBadges } from './newest-badges';

/** An inbox of which each change has a badge of its own. */
const after = (revision: number): InboxState => ({ lastSequence: revision, unread: 1000 - revision, revision });

describe('the newest badge of an inbox', () => {
  it('is that of the latest change heard so far, in whatever order the changes come', () => {
    const changes = fc.array(fc.tuple(fc.constantFrom('u-1', 'u-2'), fc.integer({ min: 1, max: 20 })));
    fc.assert(
      fc.property(changes, (told) => {
        const badges = new NewestBadges();
        const latest = new Map<string, number>();
        for (const [userId, revision] of told) {
          latest.set(userId, Math.max(latest.get(userId) ?? 0, revision));
          expect(badges.hear(userId, after(revision))).toEqual(after(latest.get(userId) ?? 0));
        }
      }),
    );
  });

  it('is kept for a minute at least, and forgotten after two, so that a restored database is believed', () => {
    const clock = new ManualClock();
    const badges = new NewestBadges(() => clock.now());
    clock.advance(59_000);
    badges.hear('u-1', after(9));
    clock.advance(60_000);
    expect(badges.hear('u-1', after(3))).toEqual(after(9));
    clock.advance(61_000);
    expect(badges.hear('u-1', after(3))).toEqual(after(3));
    badges.hear('u-2', after(9));
    clock.advance(3_600_000);
    expect(badges.hear('u-2', after(3))).toEqual(after(3));
  });

  it('is kept for so many inboxes and no more', () => {
    const badges = new NewestBadges(() => 0);
    for (let user = 0; user < 40_001; user += 1) badges.hear(`u-${user}`, after(9));
    expect(badges.hear('u-40000', after(3))).toEqual(after(9));
    expect(badges.hear('u-20000', after(3))).toEqual(after(9));
    expect(badges.hear('u-0', after(3))).toEqual(after(3));
  });
});
