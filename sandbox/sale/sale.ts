import type { Faults } from '../faults/faults';
import type { Outgoing } from '../faults/outgoing';
import { SandboxError } from '../shared/errors';
import type { KafkaOutlet, Produced } from '../shared/kafka';
import { pause } from '../shared/pause';
import { Reader } from '../shared/reader';
import type { Table, TruthRecord } from '../shared/record';
import { readOrder, type Order, type OrderStatus } from './order';
import {
  newerRecord,
  olderRecord,
  orderJson,
  type MoneyForm,
  type PaidAttempt,
  type PaymentState,
} from './payment-success';
import type { WebhookBody } from './webhook-body';

export type RecordShape = 'newer' | 'older';

export interface ProducedEvent {
  readonly at: number;
  readonly shape: RecordShape | 'given';
  readonly value: object | null;
  readonly produced: readonly Produced[];
}

export interface Delivery {
  readonly at: number;
  readonly eventType: string;
  readonly sequence: number | undefined;
  readonly outcome: 'applied' | 'repeated' | 'ignored' | 'unknown order';
  readonly body: unknown;
}

export interface Reject {
  readonly at: number;
  readonly status: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** An order with everything that happened to it. */
export interface OrderFile {
  readonly order: Order;
  readonly paid: number;
  readonly attempts: readonly PaidAttempt[];
  readonly transactionId: string | undefined;
  readonly webhooks: readonly Delivery[];
  readonly events: readonly ProducedEvent[];
  /** What this order's subscriber would complain about. */
  readonly findings: readonly string[];
  readonly options: RecordOptions;
}

interface RecordOptions {
  readonly shape: RecordShape;
  readonly money: MoneyForm;
  /** How many more times each record is produced. */
  readonly duplicates: number;
}

interface Parts {
  readonly truth: TruthRecord;
  readonly kafka: KafkaOutlet;
  readonly faults: Faults;
  readonly outgoing: Outgoing;
  readonly topic: string;
}

const KEPT_REJECTS = 1_000;
const PRODUCE_WAIT_MS = 5_000;

export type Availability =
  { mode: 'up' } | { mode: 'down' } | { mode: 'status'; status: number; retryAfter: number | undefined };

/** Orders, what payment told us about them, and what we told everyone. */
export class Sale {
  private readonly files: Table<OrderFile>;
  private readonly accepted: Table<readonly string[]>;
  private defaults: RecordOptions = { shape: 'newer', money: 'text', duplicates: 0 };
  private sequence = 0;
  availability: Availability = { mode: 'up' };
  readonly rejects: Reject[] = [];
  readonly strays: Delivery[] = [];

  constructor(private readonly parts: Parts) {
    this.files = parts.truth.table<OrderFile>('sale.orders');
    this.accepted = parts.truth.table<readonly string[]>('sale.webhook-secrets');
    this.sequence = this.files.all().length;
  }

  /** Any of them may have signed a webhook: two are valid while one is being rotated. */
  get secrets(): readonly string[] {
    return this.accepted.get('payment') ?? [];
  }

  accept(secrets: readonly string[]): void {
    this.accepted.put('payment', secrets);
  }

  all(): OrderFile[] {
    return this.files.all();
  }

  file(id: string): OrderFile {
    const file = this.files.get(id);
    if (file === undefined) throw new SandboxError(404, `sale has no order ${id}`);
    return file;
  }

  /** The order as sale's REST answers it. */
  publicOrder(id: string): Record<string, unknown> | undefined {
    const file = this.files.get(id);
    return file === undefined ? undefined : orderJson(file.order, file.options.money);
  }

  createOrder(body: unknown): OrderFile {
    this.sequence += 1;
    const order = readOrder(body, this.sequence);
    if (this.files.get(order.id) !== undefined) throw new SandboxError(409, `order ${order.id} exists`);
    return this.files.put(order.id, {
      order,
      paid: 0,
      attempts: [],
      transactionId: undefined,
      webhooks: [],
      events: [],
      findings: [],
      options: this.readOptions(new Reader(new Reader(body).optionalObject('options') ?? {}, '/options')),
    });
  }

  setDefaults(body: unknown): RecordOptions {
    this.defaults = this.readOptions(new Reader(body));
    return this.defaults;
  }

  reject(status: number, reason: string, headers: Readonly<Record<string, unknown>>, body: string): void {
    this.rejects.push({ at: Date.now(), status, reason, headers, body: body.slice(0, 4_096) });
    if (this.rejects.length > KEPT_REJECTS) this.rejects.shift();
  }

  /** Applies a verified webhook; a repeated one changes nothing. */
  receive(webhook: WebhookBody, body: unknown): Delivery['outcome'] {
    const orderId = webhook.transaction?.sourceId ?? webhook.attempt?.source.id ?? '';
    const file = this.files.get(orderId);
    const base = { at: Date.now(), eventType: webhook.eventType, sequence: webhook.sequence, body };
    if (file === undefined) {
      this.strays.push({ ...base, outcome: 'unknown order' });
      return 'unknown order';
    }
    const subject = (delivery: Delivery): string => subjectOf(delivery.body, delivery.eventType);
    const repeated = file.webhooks.some(
      (before) =>
        before.outcome !== 'repeated' &&
        before.eventType === base.eventType &&
        subject(before) === subjectOf(body, base.eventType),
    );
    const outcome = repeated ? 'repeated' : HANDLED.has(webhook.eventType) ? 'applied' : 'ignored';
    const next = outcome === 'applied' ? applied(file, webhook) : file;
    const findings = repeated ? [] : sequenceFindings(file, webhook);
    const kept: OrderFile = {
      ...next,
      findings: [...next.findings, ...findings],
      webhooks: [...file.webhooks, { ...base, outcome }],
    };
    this.files.put(orderId, kept);
    if (kept.order.status !== file.order.status || kept.paid !== file.paid) this.announce(kept, webhook);
    return outcome;
  }

  /** Produces by hand: the order's present state again, or any `value` under any `key`. */
  async produceByHand(id: string, body: unknown): Promise<ProducedEvent> {
    const read = new Reader(body ?? {});
    const file = this.file(id);
    const given = read.raw('value');
    const shape = read.optionalOneOf('shape', ['newer', 'older']) ?? file.options.shape;
    const value = given === undefined ? recordOf(file, { ...file.options, shape }, Date.now()) : given;
    const event = this.produce(file, given === undefined ? shape : 'given', value, read.optionalText('key') ?? id);
    const patience = new AbortController();
    const first = await Promise.race([event, pause(PRODUCE_WAIT_MS, patience.signal)]);
    patience.abort();
    if (first === undefined)
      throw new SandboxError(503, 'Kafka is away; the record waits and is produced when it is back');
    return first;
  }

  private readOptions(read: Reader): RecordOptions {
    return {
      shape: read.optionalOneOf('shape', ['newer', 'older']) ?? this.defaults.shape,
      money: read.optionalOneOf('money', ['text', 'number']) ?? this.defaults.money,
      duplicates: read.optionalInteger('duplicates') ?? this.defaults.duplicates,
    };
  }

  /** Sale says `payment.success` when an order becomes PARTIAL (each time it is paid further) or COMPLETED. */
  private announce(file: OrderFile, webhook: WebhookBody): void {
    const { status } = file.order;
    const partial = status === '300_PARTIAL' && file.paid < file.order.total;
    if (status !== '303_COMPLETED' && !partial) return;
    void this.produce(file, file.options.shape, recordOf(file, file.options, webhook.occurredAt), file.order.id);
  }

  private async produce(
    file: OrderFile,
    shape: ProducedEvent['shape'],
    value: object | null,
    key: string,
  ): Promise<ProducedEvent> {
    const { kafka, faults, outgoing, topic } = this.parts;
    const drawn = faults.draw('sale.payment-success', file.order.id);
    const sent = spoilt(value, drawn.find('wrong-amount')?.amountDelta ?? 0);
    const produced: Produced[] = [];
    if (kafka.state().configured) {
      for (let copy = 0; copy <= file.options.duplicates; copy += 1) {
        produced.push(...(await outgoing.send(drawn, () => kafka.send(topic, key, sent))));
      }
    }
    const event: ProducedEvent = { at: Date.now(), shape, value: sent, produced };
    const now = this.file(file.order.id);
    this.files.put(file.order.id, { ...now, events: [...now.events, event] });
    return event;
  }
}

const HANDLED = new Set<string>([
  'mq-pay:attempt.success',
  'mq-pay:attempt.failed',
  'mq-pay:attempt.expired',
  'mq-pay:attempt.cancelled',
  'mq-pay:transaction.settled',
  'mq-pay:transaction.cancelled',
]);

/** Whose event it is: a repeated delivery has the same type and subject. */
function subjectOf(body: unknown, eventType: string): string {
  const { payload } = body as { payload: { transaction?: { id: string }; attempt?: { id: string } } };
  return (eventType.startsWith('mq-pay:transaction.') ? payload.transaction?.id : payload.attempt?.id) ?? '';
}

function applied(file: OrderFile, webhook: WebhookBody): OrderFile {
  const { attempt, transaction, eventType } = webhook;
  const withStatus = (status: OrderStatus): Order => ({ ...file.order, status });
  const done = file.order.status === '303_COMPLETED';
  if (eventType === 'mq-pay:attempt.success' && attempt !== undefined) {
    const paid = done ? file.paid : file.paid + attempt.appliedAmount;
    const known: PaidAttempt = {
      id: attempt.id,
      uid: attempt.uid,
      provider: attempt.paymentProvider,
      method: attempt.method,
      amount: attempt.appliedAmount,
    };
    const order = !done && paid < file.order.total ? withStatus('300_PARTIAL') : file.order;
    return {
      ...file,
      paid,
      order,
      attempts: [...file.attempts, known],
      transactionId: transaction?.id ?? file.transactionId,
    };
  }
  if (eventType === 'mq-pay:transaction.settled' && transaction !== undefined) {
    const findings = [
      ...(transaction.total === file.order.total
        ? []
        : [`settled with total ${transaction.total}, the order's is ${file.order.total}`]),
      ...(transaction.paid >= file.order.total ? [] : [`settled with ${transaction.paid} paid of ${file.order.total}`]),
      ...(file.paid === 0 || file.paid === transaction.paid
        ? []
        : [`settled with ${transaction.paid} paid, attempts sum to ${file.paid}`]),
    ];
    return {
      ...file,
      paid: transaction.paid,
      order: withStatus('303_COMPLETED'),
      transactionId: transaction.id,
      findings: [...file.findings, ...findings],
    };
  }
  if (eventType === 'mq-pay:transaction.cancelled')
    return done ? file : { ...file, order: withStatus('505_CANCELLED') };
  return file;
}

/** Sequences of one transaction must grow by one; a gap or a step back is noted, not refused. */
function sequenceFindings(file: OrderFile, webhook: WebhookBody): string[] {
  const before = file.webhooks.filter(({ outcome }) => outcome !== 'repeated').map(({ sequence }) => sequence ?? 0);
  const highest = Math.max(0, ...before);
  if (webhook.sequence === undefined) return [`${webhook.eventType} came without a sequence`];
  if (before.length === 0 || webhook.sequence === highest + 1) return [];
  return [`${webhook.eventType} has sequence ${webhook.sequence} after ${highest}`];
}

function recordOf(file: OrderFile, options: RecordOptions, paidAt: number): object {
  const payment: PaymentState = {
    total: file.order.total,
    paid: file.paid,
    isFullyPaid: file.paid >= file.order.total,
    paidAt,
    attempt: file.attempts.at(-1),
  };
  return options.shape === 'newer'
    ? newerRecord(file.order, payment, options.money)
    : olderRecord(file.order, payment, options.money);
}

/** A record whose paid amount is off by `delta` đồng. */
function spoilt(value: object | null, delta: number): object | null {
  const payment = value === null ? undefined : (value as { payment?: { paid?: unknown } }).payment;
  if (delta === 0 || value === null || payment?.paid === undefined) return value;
  const paid =
    typeof payment.paid === 'number' ? payment.paid + delta : `${Math.trunc(Number(payment.paid)) + delta}.0000`;
  return { ...value, payment: { ...payment, paid } };
}
