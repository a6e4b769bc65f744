import type { KeyRing } from '@nx/crypto';
import type { MainSchema } from './schema';

/** Nest token of {@link ReliableOptions}. */
export const RELIABLE_OPTIONS = Symbol('RELIABLE_OPTIONS');

export interface ReliableOptions {
  /** Schema of the service's Outbox, Inbox, IdempotencyKey and ParkedRecord. */
  schema: MainSchema;
  /** Routes that the relay must have before it starts; without the list, the registered ones. */
  routes?: readonly string[];
  /** Further tables (schema-qualified, quoted as SQL wants it) whose monthly partitions the upkeep makes. */
  partitionedTables?: readonly string[];
  /** Data keys of the service, for whoever asks for `KeyRing`, and the name that the database knows them by. */
  keys?: { readonly scope: string; readonly ring: KeyRing };
}
