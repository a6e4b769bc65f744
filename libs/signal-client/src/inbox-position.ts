/** How far a client has read its inbox; kept by the application, it works over restarts as well. */
export interface InboxPosition {
  /** Place of the newest notification that the application has; 0 for an empty inbox. */
  readonly lastSequence: number;
  /** The last change that it was told of. */
  readonly lastRevision?: number;
}

/** Where the inbox stands, told first after every connection. */
export interface InboxState {
  readonly lastSequence: number;
  /** What the badge shows. */
  readonly unread: number;
  readonly revision: number;
}

/** What was missed cannot be told push by push: read the inbox anew over REST. */
export interface InboxResync {
  readonly reason: string;
  readonly lastSequence: number;
  readonly revision: number;
}

export type InboxNews =
  { readonly kind: 'state'; readonly state: InboxState } | { readonly kind: 'resync'; readonly resync: InboxResync };

const TOPIC = 'observation/signal/notification/';

/** Follows the pushes of one inbox, so that the next connection goes on where this one ended. */
export class InboxTracker {
  private sequence: number;
  private revision: number | undefined;

  constructor(start: InboxPosition) {
    this.sequence = start.lastSequence;
    this.revision = start.lastRevision;
  }

  get position(): InboxPosition {
    const { sequence: lastSequence, revision } = this;
    return revision === undefined ? { lastSequence } : { lastSequence, lastRevision: revision };
  }

  /** Takes note of a push; `undefined` unless it is about the inbox as a whole. */
  follow(topic: string, data: unknown): InboxNews | undefined {
    if (!topic.startsWith(TOPIC)) return undefined;
    const action = topic.slice(TOPIC.length);
    const revision = numberIn(data, 'revision');
    const lastSequence = numberIn(data, 'lastSequence');
    if (action === 'created') this.passed(numberIn(memberOf(data, 'notification'), 'sequence'), revision);
    else if (action === 'read') this.passed(undefined, revision);
    if (lastSequence === undefined || revision === undefined) return undefined;
    if (action === 'state') {
      // Nothing was created since: the state is ours, unless a resync follows.
      if (lastSequence === this.sequence) this.revision = revision;
      return { kind: 'state', state: { lastSequence, unread: numberIn(data, 'unread') ?? 0, revision } };
    }
    if (action !== 'resync') return undefined;
    this.sequence = lastSequence;
    this.revision = revision;
    return { kind: 'resync', resync: { reason: String(memberOf(data, 'reason')), lastSequence, revision } };
  }

  private passed(sequence: number | undefined, revision: number | undefined): void {
    if (sequence !== undefined) this.sequence = Math.max(this.sequence, sequence);
    if (revision !== undefined) this.revision = revision;
  }
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;

const numberIn = (value: unknown, name: string): number | undefined => {
  const member = memberOf(value, name);
  return typeof member === 'number' ? member : undefined;
};
