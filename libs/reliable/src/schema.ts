export type MainSchema = 'mq_pay' | 'invoice' | 'signal';

/** The service's own platform tables by full name: they do not depend on a search path. */
export function tablesOf(schema: MainSchema): {
  outbox: string;
  outboxWaiting: string;
  inbox: string;
  idempotency: string;
  parked: string;
} {
  return {
    outbox: `${schema}."Outbox"`,
    outboxWaiting: `${schema}."OutboxWaiting"`,
    inbox: `${schema}."Inbox"`,
    idempotency: `${schema}."IdempotencyKey"`,
    parked: `${schema}."ParkedRecord"`,
  };
}
