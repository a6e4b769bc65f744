export { BusEmitter, type BusEmitterOptions, type BusRedisSettings } from './bus-emitter';
export { busMessage, type BusDestination } from './bus-message';
export { RealtimeModule } from './realtime.module';
