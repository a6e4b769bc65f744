export { ConsumerFactory, MessagingModule, type MessagingOptions } from './messaging.module';
export { KafkaConsumerStrategy, type KafkaConsumerOptions } from './consumer-strategy';
export { KafkaProducer, type KafkaProducerOptions, type OutboundMessage, type PhysicalMessage } from './producer';
export {
  DeadLetterPublisher,
  replayDeadLetters,
  type DeadLetterCause,
  type ReplayOptions,
  type ReplayReport,
} from './dead-letters';
export { ensureTopics, type TopicReport, type TopicSpec } from './ensure-topics';
export { physicalTopic, type KafkaSettings } from './kafka-settings';
export type { ParkingPort, ParkReason, RawRecord, RecordDispatcher } from './parking.port';
export type { BatchLook } from './batch-look';
export { areSilent } from './topic-silence';
export { readTopics, type ReadTopicsReport } from './read-topics';
export { RecordHandler, type RecordSource } from './record-handler.decorator';
export { RecordError, SiblingUnavailableError, type ErrorClass } from './record-errors';
export { EVENT_ID_HEADER, REPLAY_HEADER, type InboundRecord } from './record';
export { parseLossless, stringifyLossless } from './lossless';
