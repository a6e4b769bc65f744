export { busConnection, busOptions, reconnectDelay, type BusRedisSettings } from './bus-connection';
export { BusEmitter, type BusEmitterOptions } from './bus-emitter';
export { busMessage, type BusDestination } from './bus-message';
export { RealtimeModule } from './realtime.module';
