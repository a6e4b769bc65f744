export { asOwner, tableOwner, type OwnerConnection } from './as-owner';
export { Database, type DatabaseOptions, type Entities, type Statement } from './database';
export {
  CommitOutcomeUnknownError,
  hasSqlState,
  isForeignKeyViolation,
  isInfrastructureError,
  isReadOnlyError,
  isUniqueViolation,
  ReadOnlyDatabaseError,
  TransactionLostError,
} from './database-errors';
export { migrate, type MigrateOptions, type MigrationReport } from './migrate';
export { mainSchema, migrationDirectories, ownerRole, searchPathOf, type MigrationSource } from './migration-files';
export { PersistenceModule, type PersistenceOptions } from './persistence.module';
export { compareReleases, SchemaCheck } from './schema-check';
export type { Tx } from './tx';
