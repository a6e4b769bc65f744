import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';

/**
 * The least that a record of Kafka costs on its way to a client: a bare consumer that stores one row and says one message
 * on Redis for each record. It asks for no preferences, no parked records, no counters and no order, and leaves the
 * offsets to the driver.
 */
const [brokers = '', topic = '', databaseUrl = '', redisUrl = '', channel = ''] = process.argv.slice(2);
const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
const redis = new Redis(redisUrl);
await pool.query('CREATE TABLE IF NOT EXISTS public.bench_floor (event_id text PRIMARY KEY, body jsonb NOT NULL)');
const insert = 'INSERT INTO public.bench_floor (event_id, body) VALUES ($1, $2) ON CONFLICT DO NOTHING';

const kafka = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: `${topic}.floor`, maxWaitTimeInMs: 500 });
consumer.on(consumer.events.GROUP_JOIN, () => void redis.set(`${channel}:joined`, '1', 'EX', 600));
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: false });
await consumer.run({
  partitionsConsumedConcurrently: 6,
  eachMessage: async ({ message }) => {
    const body = message.value?.toString() ?? '';
    const { eventId, data } = JSON.parse(body);
    await pool.query({ name: 'floor', text: insert, values: [eventId, body] });
    await redis.publish(channel, JSON.stringify({ event: 'floor', data: { notification: { data } } }));
  },
});
