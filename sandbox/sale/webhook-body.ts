/** What sale demands of a webhook's body. Members that it does not know are ignored. */

const EVENTS = [
  'mq-pay:transaction.settled',
  'mq-pay:transaction.cancelled',
  'mq-pay:attempt.success',
  'mq-pay:attempt.failed',
  'mq-pay:attempt.expired',
  'mq-pay:attempt.cancelled',
  'mq-pay:attempt.reversed',
  'mq-pay:refund.success',
  'mq-pay:refund.failed',
  'mq-pay:chargeback.opened',
  'mq-pay:transaction.blocked',
] as const;
export type WebhookEvent = (typeof EVENTS)[number];

const TRANSACTION_STATUSES = ['100_NEW', '300_PARTIAL', '304_SETTLED', '403_BLOCKED', '408_REFUNDED', '505_CANCELLED'];
const ATTEMPT_STATUSES = [
  '100_NEW',
  '204_SENT',
  '302_SUCCESS',
  '500_FAIL',
  '501_EXPIRED',
  '505_CANCELLED',
  '507_REVERSED',
  '000_UNKNOWN',
];

/** The status that an event's subject must have. A replay carries the present state, so a settled one may be refunded. */
const STATUS_OF: Partial<Record<WebhookEvent, readonly string[]>> = {
  'mq-pay:transaction.settled': ['304_SETTLED', '408_REFUNDED'],
  'mq-pay:transaction.cancelled': ['505_CANCELLED'],
  'mq-pay:attempt.success': ['302_SUCCESS', '507_REVERSED'],
  'mq-pay:attempt.failed': ['500_FAIL'],
  'mq-pay:attempt.expired': ['501_EXPIRED'],
  'mq-pay:attempt.cancelled': ['505_CANCELLED'],
};

type Members = Readonly<Record<string, unknown>>;

export interface TransactionPart {
  readonly id: string;
  readonly uid: string;
  readonly status: string;
  readonly total: number;
  readonly paid: number;
  readonly sourceType: string;
  readonly sourceId: string;
}

export interface AttemptPart {
  readonly id: string;
  readonly uid: string;
  readonly status: string;
  readonly amount: number;
  readonly appliedAmount: number;
  readonly paymentProvider: string;
  readonly method: string;
  readonly source: { readonly id: string; readonly uid: string; readonly type: string };
}

export interface WebhookBody {
  readonly eventType: WebhookEvent;
  readonly timestamp: number;
  readonly occurredAt: number;
  readonly sequence: number | undefined;
  readonly transaction: TransactionPart | undefined;
  readonly attempt: AttemptPart | undefined;
}

class Refused extends Error {}

function members(value: unknown, at: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refused(`${at} is not an object`);
  return value as Members;
}

function text(from: Members, name: string, at: string): string {
  const value = from[name];
  if (typeof value !== 'string' || value === '') throw new Refused(`${at}.${name} is not a text`);
  return value;
}

function dong(from: Members, name: string, at: string): number {
  const value = from[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Refused(`${at}.${name} is not a whole amount`);
  return value;
}

function among(from: Members, name: string, at: string, allowed: readonly string[]): string {
  const value = text(from, name, at);
  if (!allowed.includes(value)) throw new Refused(`${at}.${name} ${value} is unknown`);
  return value;
}

function transactionPart(value: unknown): TransactionPart {
  const at = 'payload.transaction';
  const from = members(value, at);
  members(from['metadata'], `${at}.metadata`);
  return {
    id: text(from, 'id', at),
    uid: text(from, 'uid', at),
    status: among(from, 'status', at, TRANSACTION_STATUSES),
    total: dong(from, 'total', at),
    paid: dong(from, 'paid', at),
    sourceType: text(from, 'sourceType', at),
    sourceId: text(from, 'sourceId', at),
  };
}

function attemptPart(value: unknown): AttemptPart {
  const at = 'payload.attempt';
  const from = members(value, at);
  const source = members(members(from['metadata'], `${at}.metadata`)['source'], `${at}.metadata.source`);
  const amount = dong(from, 'amount', at);
  return {
    id: text(from, 'id', at),
    uid: text(from, 'uid', at),
    status: among(from, 'status', at, ATTEMPT_STATUSES),
    amount,
    appliedAmount: from['appliedAmount'] === undefined ? amount : dong(from, 'appliedAmount', at),
    paymentProvider: text(from, 'paymentProvider', at),
    method: typeof from['method'] === 'string' ? from['method'] : '',
    source: {
      id: text(source, 'id', `${at}.metadata.source`),
      uid: text(source, 'uid', `${at}.metadata.source`),
      type: text(source, 'type', `${at}.metadata.source`),
    },
  };
}

function read(value: unknown, headerEvent: string, headerSequence: string | undefined): WebhookBody {
  const body = members(value, 'the body');
  const eventType = EVENTS.find((event) => event === body['eventType']);
  if (eventType === undefined) throw new Refused('eventType is unknown');
  if (eventType !== headerEvent) throw new Refused('eventType differs from X-Webhook-Event-Type');
  const timestamp = dong(body, 'timestamp', 'the body');
  if (timestamp < 1e12) throw new Refused('timestamp is not in milliseconds');
  const payload = members(body['payload'], 'payload');
  const occurredAt = Date.parse(text(payload, 'timestamp', 'payload'));
  if (Number.isNaN(occurredAt) || !String(payload['timestamp']).endsWith('Z'))
    throw new Refused('payload.timestamp is not ISO 8601');
  text(payload, 'source', 'payload');
  const transaction = payload['transaction'] === undefined ? undefined : transactionPart(payload['transaction']);
  const attempt = payload['attempt'] === undefined ? undefined : attemptPart(payload['attempt']);
  const subject = eventType.startsWith('mq-pay:transaction.') ? transaction : attempt;
  const needed = eventType.startsWith('mq-pay:transaction.') ? 'payload.transaction' : 'payload.attempt';
  if (subject === undefined && STATUS_OF[eventType] !== undefined) throw new Refused(`${needed} is missing`);
  const expected = STATUS_OF[eventType];
  if (expected !== undefined && !expected.includes(subject?.status ?? '')) {
    throw new Refused(`${needed}.status ${subject?.status} does not fit ${eventType}`);
  }
  if (headerSequence !== undefined && !/^\d{1,15}$/.test(headerSequence))
    throw new Refused('X-Webhook-Sequence is not a number');
  const sequence = headerSequence === undefined ? undefined : Number(headerSequence);
  return { eventType, timestamp, occurredAt, sequence, transaction, attempt };
}

/** The body with the members that sale uses, or in one sentence why it is refused. */
export function readWebhook(
  value: unknown,
  headerEvent: string,
  headerSequence: string | undefined,
): WebhookBody | string {
  try {
    return read(value, headerEvent, headerSequence);
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}
