export type { ParkingPort, ParkReason, RawRecord, RecordDispatcher } from './parking.port';
export { RecordError, SiblingUnavailableError, classifyError, type ErrorClass } from './record-errors';
export { EVENT_ID_HEADER, REPLAY_HEADER, inboundRecord, rawRecord, type InboundRecord } from './record';
export { parseLossless, stringifyLossless } from './lossless';
