import { SIGNAL_TOPICS } from '@nx/contracts';
import { memberOf } from '../stream/frames';

/** What a push changes in its reader's inbox. */
export interface InboxMark {
  /** Number of the change among all changes of this inbox: 1, 2, 3 … */
  readonly revision: number;
  /** Place of the notification, for one that was created. */
  readonly sequence: number | undefined;
  /** For copies of the inbox only: nobody is rung. */
  readonly silent: boolean;
}

/** The mark of a push; `undefined` for one that says nothing about an inbox, or comes from a server without numbers. */
export function inboxMarkOf(topic: string, data: unknown): InboxMark | undefined {
  if (topic !== SIGNAL_TOPICS.notificationCreated && topic !== SIGNAL_TOPICS.notificationRead) return undefined;
  const revision = memberOf(data, 'revision');
  if (!isCount(revision) || revision === 0) return undefined;
  if (topic === SIGNAL_TOPICS.notificationRead) return { revision, sequence: undefined, silent: false };
  const sequence = memberOf(memberOf(data, 'notification'), 'sequence');
  return isCount(sequence) ? { revision, sequence, silent: memberOf(data, 'silent') === true } : undefined;
}

/** A whole number from 0 on. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
