import { Kafka, logLevel, type Admin, type Producer } from 'kafkajs';
import pg from 'pg';
import { MERCHANT_TAX } from '../../demo/merchant.mjs';
import { newPrefix, startBenchSystem, type BenchSystem } from '../bench-system';
import { inTurns } from '../in-turns';
import { Pace } from './job-burst';
import type { Measurement } from './measurement';
import { ProcessorUse } from './processor-use';

const PARTITIONS = 6;
const MERCHANTS = 200;
const PRODUCED_AT_ONCE = 1_000;
const LOOK_EVERY_MS = 20;
const PATIENCE_MS = 60_000;

/** Changes of merchants that are not about taxes, as nearly all of them: each is compared with what is stored. */
export const cdcMeasurement: Measurement = {
  name: 'money cdc',
  goals: ['cdc'],
  measure: async ({ log, ...turns }) => {
    const prefix = newPrefix();
    const [topic, bareTopic] = [`${prefix}.public.Merchant`, `${prefix}.bare`];
    const variables = { APP_ENV_COMMERCE_CDC_TOPICS: topic };
    const bench = await startBenchSystem(
      {
        prefix,
        processes: [{ name: 'invoice-api', service: 'invoice', mode: 'api' }],
        overrides: { invoice: variables },
      },
      log,
    );
    const feed = new Feed(bench);
    let use: ProcessorUse | undefined;
    try {
      await feed.open([topic, bareTopic]);
      const worker = await bench.system.add({ name: 'invoice-worker', service: 'invoice', mode: 'worker' });
      await worker.start();
      const bare = await bench.startScript('money/bare-consumer.mjs', [
        bench.infra.kafkaBrokers,
        bareTopic,
        `${prefix}.bare`,
      ]);
      const group = `${prefix}.SVC-00150-INVOICE_CONSUMER_GROUP`;
      await feed.introduce(topic, group);
      use = await ProcessorUse.of(bench);
      const contestants = [
        { what: 'records compared with what is stored', run: feed.consume(topic, group, worker, 300, use) },
        {
          what: 'records read by a bare kafkajs consumer',
          run: feed.consume(bareTopic, `${prefix}.bare`, bare, 5_000),
        },
      ];
      const figures = await inTurns(contestants, turns);
      return { cdc: { names: contestants.map(({ what }) => what), figures, spent: use.perUnit() } };
    } finally {
      await use?.close();
      await feed.close();
      await bench.close();
    }
  },
};

/** Whoever reads is stopped while the records are written, so that all of them wait when it goes on. */
interface Reader {
  signal(signal: NodeJS.Signals): void;
}

class Feed {
  private readonly admin: Admin;
  private readonly producer: Producer;
  private readonly database: pg.Pool;
  private lsn = 1_000_000;

  constructor(bench: BenchSystem) {
    const kafka = new Kafka({ brokers: bench.infra.kafkaBrokers.split(','), logLevel: logLevel.NOTHING });
    this.admin = kafka.admin();
    this.producer = kafka.producer();
    this.database = new pg.Pool({ connectionString: bench.adminUrl, max: 1 });
  }

  async open(topics: readonly string[]): Promise<void> {
    await Promise.all([this.admin.connect(), this.producer.connect()]);
    await this.admin.createTopics({
      topics: topics.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor: 1 })),
      waitForLeaders: true,
    });
  }

  /** The first record of each merchant, until all of them are stored. */
  async introduce(topic: string, group: string): Promise<void> {
    await this.produce(topic, MERCHANTS, 'c');
    await this.read(topic, group);
    const sql = 'SELECT count(*)::int AS count FROM tax."TaxInfo"';
    const { rows } = await this.database.query<{ count: number }>(sql);
    if (rows[0]?.count !== MERCHANTS) throw new Error(`${rows[0]?.count} of ${MERCHANTS} merchants are stored`);
  }

  /** Records per second, from the moment in which the reader goes on until its offsets are committed. */
  consume(
    topic: string,
    group: string,
    reader: Reader,
    guess: number,
    use?: ProcessorUse,
  ): (milliseconds: number) => Promise<number> {
    const pace = new Pace(guess);
    return async (milliseconds) => {
      const count = pace.count(milliseconds);
      reader.signal('SIGSTOP');
      try {
        await this.produce(topic, count, 'u');
      } finally {
        reader.signal('SIGCONT');
      }
      const read = async (): Promise<number> => {
        const begin = performance.now();
        await this.read(topic, group);
        return count / ((performance.now() - begin) / 1000);
      };
      return pace.note(await (use?.during(read, () => count) ?? read()));
    };
  }

  async close(): Promise<void> {
    await Promise.all([this.admin.disconnect(), this.producer.disconnect(), this.database.end()]);
  }

  private async produce(topic: string, count: number, op: 'c' | 'u'): Promise<void> {
    for (let sent = 0; sent < count; sent += PRODUCED_AT_ONCE) {
      const messages = Array.from({ length: Math.min(PRODUCED_AT_ONCE, count - sent) }, (_message, at) => {
        const merchant = `merchant-${(sent + at) % MERCHANTS}`;
        this.lsn += 56;
        return { key: JSON.stringify({ id: merchant }), value: JSON.stringify(change(merchant, op, this.lsn)) };
      });
      await this.producer.send({ topic, messages });
    }
  }

  /** Resolves when the group has committed all that the topic holds. */
  private async read(topic: string, groupId: string): Promise<void> {
    const ends = await this.admin.fetchTopicOffsets(topic);
    const end = ends.reduce((sum, { high }) => sum + Number(high), 0);
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const [committed] = await this.admin.fetchOffsets({ groupId, topics: [topic] });
      const done = (committed?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
      if (done >= end) return;
      if (performance.now() > deadline) throw new Error(`${groupId} has read ${done} of ${end} records`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

/** As Debezium writes it, without the schema. Only the status differs from one to the next. */
function change(id: string, op: 'c' | 'u', lsn: number): object {
  const now = Date.now();
  return {
    before: null,
    after: {
      id,
      organizer_id: 'organizer-1',
      name: 'Cà phê Demo',
      status: lsn % 2 === 0 ? '201_ACTIVATED' : '100_NEW',
      metadata: JSON.stringify({ tax: MERCHANT_TAX }),
      deleted_at: null,
      modified_at: new Date(now).toISOString(),
    },
    source: { version: '3.3.1.Final', connector: 'postgresql', ts_ms: now, schema: 'public', table: 'Merchant', lsn },
    op,
    ts_ms: now,
  };
}
