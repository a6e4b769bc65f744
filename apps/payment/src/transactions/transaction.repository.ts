import { Injectable } from '@nestjs/common';
import { PAYMENT_EVENT_TYPES, type PaymentEventPayload, type PaymentEventType } from '@nx/contracts';
import { PROVIDERS } from '@nx/mq-pay';
import { Metrics, type Counter } from '@nx/observability';
import { Database, type Statement, type Tx } from '@nx/persistence';
import { aggregateOf, type AggregateRow } from './aggregate-row';
import { LIST_PAGE, LOAD_ACTIVE_BY_SOURCE, LOAD_BY_ATTEMPT, LOAD_BY_TRANSACTION } from './aggregate-statement';
import { changeParameters } from './change-parameters';
import { CHANGE_PARTS, changeStatement, type ChangeKind, type ChangePart } from './change-statement';
import type { TransactionAggregate } from './transaction';
import type { TransactionChange } from './transaction-change';

export interface TransactionFilter {
  readonly merchantId: string;
  readonly status?: string | undefined;
  readonly sourceType?: string | undefined;
  readonly sourceId?: string | undefined;
  readonly after?: { readonly createdAtMs: number; readonly id: string } | undefined;
  readonly limit: number;
}

const NO_PROVIDER = 'none';
const isPaymentEvent = (type: string): type is PaymentEventType => PAYMENT_EVENT_TYPES.some((known) => known === type);
const eventName = (type: PaymentEventType): string => type.replace('mq-pay:', '');

const isOfAttempt = (event: string): boolean => event.startsWith('attempt.');

/** Attempts have a provider, whole transactions have none. */
const KNOWN_EVENTS = PAYMENT_EVENT_TYPES.map(eventName).flatMap((event) =>
  (isOfAttempt(event) ? [...PROVIDERS.keys()] : [NO_PROVIDER]).map((provider) => ({ event, provider })),
);

interface IdRow {
  id: string;
}

/** SQL of transactions. Every write is one statement; only what is written alongside needs a transaction around it. */
@Injectable()
export class TransactionRepository {
  private readonly byTransaction: Statement<AggregateRow>;
  private readonly byAttempt: Statement<AggregateRow>;
  private readonly bySource: Statement<AggregateRow>;
  /** One prepared statement for each set of parts that occurs: about a dozen. */
  private readonly changes = new Map<string, Statement<IdRow>>();
  private readonly events: Counter;

  constructor(
    private readonly database: Database,
    metrics: Metrics,
  ) {
    const help = 'Events of payments that were committed; those of attempts by provider';
    this.events = metrics.counter('payment_events_total', help, ['event', 'provider'], KNOWN_EVENTS);
    this.byTransaction = database.statement('transaction-load', LOAD_BY_TRANSACTION);
    this.byAttempt = database.statement('transaction-load-by-attempt', LOAD_BY_ATTEMPT);
    this.bySource = database.statement('transaction-load-by-source', LOAD_ACTIVE_BY_SOURCE);
  }

  async findById(id: string, tx?: Tx): Promise<TransactionAggregate | undefined> {
    const [row] = await this.byTransaction.run([id], tx);
    return row === undefined ? undefined : aggregateOf(row);
  }

  async findByAttempt(attemptId: string): Promise<TransactionAggregate | undefined> {
    const [row] = await this.byAttempt.run([attemptId]);
    return row === undefined ? undefined : aggregateOf(row);
  }

  async findActiveBySource(
    merchantId: string,
    source: { readonly type: string; readonly id: string },
  ): Promise<TransactionAggregate | undefined> {
    const [row] = await this.bySource.run([merchantId, source.type, source.id]);
    return row === undefined ? undefined : aggregateOf(row);
  }

  /** Newest first; one more row than the limit tells that there is a further page. */
  async list(filter: TransactionFilter): Promise<TransactionAggregate[]> {
    // Not a named statement: a plan for all filters at once would read and sort every row of the merchant.
    const rows = await this.database.query<AggregateRow>(LIST_PAGE, [
      filter.merchantId,
      filter.status ?? null,
      filter.sourceType ?? null,
      filter.sourceId ?? null,
      filter.after === undefined ? null : new Date(filter.after.createdAtMs),
      filter.after?.id ?? null,
      filter.limit + 1,
    ]);
    return rows.map(aggregateOf);
  }

  /**
   * Throws the database's unique violation when the key or the source is taken, and its refusal when the freezes have
   * changed (`isFenceLost`). `now` in ms.
   */
  async open(change: TransactionChange, now: number, actorId: string | null): Promise<void> {
    await this.write('open', change, now, actorId);
    this.count(change);
  }

  /** False = somebody else changed the transaction since it was read; nothing was written. A lost fence throws. `now` in ms. */
  async commit(change: TransactionChange, now: number, actorId: string | null): Promise<boolean> {
    const written = await this.writeChange(change, now, actorId);
    if (written) this.count(change);
    return written;
  }

  private async writeChange(change: TransactionChange, now: number, actorId: string | null): Promise<boolean> {
    const { alongside } = change;
    if (alongside === undefined) return (await this.write('change', change, now, actorId)).length === 1;
    return this.database.transaction(async (tx) => {
      const rows = await this.write('change', change, now, actorId, tx);
      if (rows.length === 1) await alongside(tx);
      return rows.length === 1;
    });
  }

  private count({ events = [] }: TransactionChange): void {
    for (const { eventType, payload } of events) {
      if (!isPaymentEvent(eventType)) continue;
      const event = eventName(eventType);
      const { attempt } = payload as Partial<PaymentEventPayload>;
      this.events.inc({ event, provider: (isOfAttempt(event) ? attempt?.paymentProvider : undefined) ?? NO_PROVIDER });
    }
  }

  private write(
    kind: ChangeKind,
    change: TransactionChange,
    now: number,
    actorId: string | null,
    tx?: Tx,
  ): Promise<IdRow[]> {
    const { parts, values } = changeParameters(change, now, actorId);
    const set = parts.reduce((bits, part) => bits | (1 << CHANGE_PARTS.indexOf(part)), 0);
    const fenced = change.freezeEpoch !== undefined;
    const name = `transaction-${kind}${fenced ? '-fenced' : ''}-${set.toString(36)}`;
    const statement =
      this.changes.get(name) ??
      this.database.statement<IdRow>(name, changeStatement(kind, parts, fenced), stepOf(kind, parts));
    this.changes.set(name, statement);
    return statement.run(change.freezeEpoch === undefined ? values : [...values, change.freezeEpoch], tx);
  }
}

/** What a change is, as seen from outside: one before or after a call is another than one that is all there is. */
const stepOf = (kind: ChangeKind, parts: readonly ChangePart[]): string => {
  if (parts.includes('startedOperations')) return `transaction-${kind}-before-call`;
  const after = parts.includes('completedOperations') || parts.includes('fencedOperation');
  return after ? `transaction-${kind}-after-call` : `transaction-${kind}`;
};
