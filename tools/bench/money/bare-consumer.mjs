import { Kafka, logLevel } from 'kafkajs';

/** The least that a record costs: kafkajs hands it over, its JSON is read, and the offsets of the batch are committed. */
const [brokers = '', topic = '', groupId = ''] = process.argv.slice(2);
const consumer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).consumer({
  groupId,
  maxWaitTimeInMs: 500,
});
await consumer.connect();
await consumer.subscribe({ topic, fromBeginning: true });
await consumer.run({
  partitionsConsumedConcurrently: 6,
  eachMessage: async ({ message }) => {
    JSON.parse(message.value?.toString() ?? 'null');
  },
});
