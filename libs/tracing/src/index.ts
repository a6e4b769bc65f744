export { startTracing } from './start-tracing';
export { traced } from './traced';
