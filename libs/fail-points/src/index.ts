export { armFailPoints, disarmFailPoints, during, failPoint, failPointsOn, type FailPointOptions } from './fail-points';
export { parseFailPoint, type FailPoint, type FailPointAction } from './parse-fail-point';
export { writtenBy } from './written-by';
