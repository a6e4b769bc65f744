export { reserveFreePort } from '../../../tools/infra/reservations.mjs';
export { ConnectionWatch } from './connection-watch';
export { eventually, ManualClock, uniquePrefix } from './eventually';
export { HOSTILE_ANSWERS, hostileUrls, type HostileUrl } from './hostile-addresses';
export { repositoryRoot, testInfra, type TestInfra } from './infra';
export { NO_WRITES, partitionWaits, refuseWrites } from './no-writes';
export { openPool } from './open-pool';
export { privateConnect, type PrivateConnect } from './private-connect';
export { privateKafka, type PrivateKafka } from './private-kafka';
export {
  privatePostgres,
  type PrivatePostgres,
  type PrivatePostgresServers,
  type RecoveryTarget,
} from './private-postgres';
export { privateRedis, privateRedisCluster, type PrivateRedis, type PrivateRedisCluster } from './private-redis';
export {
  testDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
  type TestRole,
  type TestService,
} from './test-database';
export { testEnvironment, type TestEnvironmentOptions } from './test-environment';
export { sharedIdentity, signTestToken, testIdentity, type TestIdentity } from './test-identity';
export { connectAs, REFUSED, TRIERS, tryTo, type Trier } from './tries';
export { openWire, type Trap, type Wire } from './wire';
