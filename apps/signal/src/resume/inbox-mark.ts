import { SIGNAL_TOPICS } from '@nx/contracts';
import { memberOf } from '../stream/frames';

/** Where an inbox stands after a change. */
export interface InboxState {
  /** Place of the newest notification. */
  readonly lastSequence: number;
  /** The badge. */
  readonly unread: number;
  /** Number of the change among all changes of this inbox: 1, 2, 3 … */
  readonly revision: number;
}

/** What a push changes in its reader's inbox. */
export interface InboxMark {
  readonly revision: number;
  /** Place of the notification, for one that was created. */
  readonly sequence: number | undefined;
  /** For copies of the inbox only: nobody is rung. */
  readonly silent: boolean;
  /** Says only where the inbox stands now: what changed is read from the table. */
  readonly isState: boolean;
  /** `undefined` from a server that does not tell the badge. */
  readonly after: InboxState | undefined;
}

const TOPICS: ReadonlySet<string> = new Set([
  SIGNAL_TOPICS.notificationCreated,
  SIGNAL_TOPICS.notificationRead,
  SIGNAL_TOPICS.notificationState,
]);

/** The mark of a push; `undefined` for one that says nothing about an inbox, or comes from a server without numbers. */
export function inboxMarkOf(topic: string, data: unknown): InboxMark | undefined {
  if (!TOPICS.has(topic)) return undefined;
  const revision = memberOf(data, 'revision');
  if (!isCount(revision) || revision === 0) return undefined;
  const unread = memberOf(data, 'unread');
  const afterAt = (lastSequence: unknown): InboxState | undefined =>
    isCount(lastSequence) && isCount(unread) ? { lastSequence, unread, revision } : undefined;
  if (topic !== SIGNAL_TOPICS.notificationCreated) {
    const isState = topic === SIGNAL_TOPICS.notificationState;
    return { revision, sequence: undefined, silent: false, isState, after: afterAt(memberOf(data, 'lastSequence')) };
  }
  const sequence = memberOf(memberOf(data, 'notification'), 'sequence');
  const silent = memberOf(data, 'silent') === true;
  return isCount(sequence) ? { revision, sequence, silent, isState: false, after: afterAt(sequence) } : undefined;
}

/** A whole number from 0 on. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
