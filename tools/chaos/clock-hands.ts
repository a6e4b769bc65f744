import pg from 'pg';
import { databaseUrl } from './record';

/**
 * The hands of the clock: what our schedules would do in minutes and hours is due now. Times alone are moved, and none
 * of an attempt that is being called about, whose time bounds the call; everything that follows the system does itself.
 */
const FORWARD = [
  `UPDATE mq_pay."PaymentAttempt" a SET next_query_at = now()
   WHERE status IN ('100_NEW', '204_SENT', '000_UNKNOWN') AND next_query_at > now() + interval '1 second'
     AND NOT EXISTS (SELECT 1 FROM mq_pay."ProviderOperation" o
       WHERE o.attempt_id = a.id AND o.finished_at IS NULL AND o.started_at > now() - interval '12 seconds')`,
  `UPDATE mq_pay."SuspenseItem" SET auto_refund_at = now() WHERE auto_refund_at > now()`,
  `UPDATE mq_pay."QueryLane" SET free_at = now() WHERE free_at > now()`,
];

export async function moveClockHands(postgresUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl(postgresUrl), connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    for (const sql of FORWARD) await client.query(sql);
  } finally {
    await client.end();
  }
}
