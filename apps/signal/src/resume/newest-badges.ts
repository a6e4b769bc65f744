import type { InboxState } from './inbox-mark';

/** Pushes of one inbox may overtake each other by that long; what is older says nothing about the present. */
const KEPT_MS = 60_000;
const MAXIMUM_INBOXES = 20_000;

/**
 * The newest state that was told of each inbox, for a minute or two. Two instances that store for one user push in any
 * order: a push that comes late then carries the badge of the later change, so that the last badge a screen sees is the
 * stored one. It is kept for users without sockets here as well: theirs may connect between the two pushes. It is
 * forgotten after that time, so that a database that was restored to an older state is believed again.
 */
export class NewestBadges {
  private current = new Map<string, InboxState>();
  private previous = new Map<string, InboxState>();
  private begunAtMs: number;

  constructor(private readonly nowMs: () => number = () => performance.now()) {
    this.begunAtMs = nowMs();
  }

  /** Takes note of a state that was told, and returns the newest one: this, or that of a later change. */
  hear(userId: string, told: InboxState): InboxState {
    this.forgetOld();
    const known = this.current.get(userId) ?? this.previous.get(userId);
    if (known !== undefined && known.revision > told.revision) return known;
    this.current.set(userId, told);
    return told;
  }

  private forgetOld(): void {
    const age = this.nowMs() - this.begunAtMs;
    if (age < KEPT_MS && this.current.size < MAXIMUM_INBOXES) return;
    this.previous = age < 2 * KEPT_MS ? this.current : new Map<string, InboxState>();
    this.current = new Map();
    this.begunAtMs = this.nowMs();
  }
}
