import { setTimeout as pause } from 'node:timers/promises';
import { DecryptError, type KeyRing } from '@nx/crypto';
import type { HealthRegistry, Logger } from '@nx/observability';
import { isInfrastructureError, type Database } from '@nx/persistence';

/** This process's data keys are not those of the database. Names the key id, never a value. */
export class KeyMismatchError extends Error {
  constructor(
    readonly scope: string,
    readonly keyId: string,
    reason: string,
  ) {
    super(
      `the key ring of ${scope} ${reason} (key id "${keyId}"); this process does not start with other secrets than the rest`,
    );
    this.name = 'KeyMismatchError';
  }
}

const TABLE = 'platform."KeyCheck"';
const RETRY_MS = 1000;

/** Proves at the start that a key ring opens what the database's keys have sealed. */
export class KeyCheck {
  private readonly states = new Map<string, { ok: boolean; detail: string }>();
  private stopped = false;

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    health: HealthRegistry,
  ) {
    health.register({
      name: 'key-ring',
      readiness: true,
      check: () => {
        const bad = [...this.states.values()].find((state) => !state.ok);
        return bad ?? { ok: true, detail: [...this.states.keys()].join(', ') || 'no ring in this service' };
      },
    });
    database.beforeStop(() => {
      this.stopped = true;
      return Promise.resolve();
    });
  }

  /**
   * Compares each key of the ring with its check value, and stores that of a new key. When PostgreSQL is away it
   * resolves and goes on trying: the process is not ready meanwhile, and never will be with other secrets.
   * @throws KeyMismatchError when a check value cannot be opened, or the database knows a key that the ring lacks
   */
  async verify(ring: KeyRing, scope: string): Promise<void> {
    this.states.set(scope, { ok: false, detail: `the key ring of ${scope} has not been checked yet` });
    try {
      await this.compare(ring, scope);
    } catch (error) {
      if (!isWaiting(error)) throw this.refused(scope, error);
      this.logger.warn('the key ring cannot be checked yet: the database is away', { scope });
      void this.keepTrying(ring, scope);
    }
  }

  /** Forgets a key that no row is sealed with any more: the last step of a rotation. */
  async retire(scope: string, keyId: string): Promise<void> {
    await this.database.execute(`DELETE FROM ${TABLE} WHERE scope = $1 AND key_id = $2`, [scope, keyId]);
    this.logger.security('data key retired', { scope, keyId });
  }

  private async keepTrying(ring: KeyRing, scope: string): Promise<void> {
    while (!this.stopped) {
      await pause(RETRY_MS, undefined, { ref: false });
      try {
        await this.compare(ring, scope);
        return;
      } catch (error) {
        if (isWaiting(error)) continue;
        this.refused(scope, error);
        return;
      }
    }
  }

  private refused(scope: string, error: unknown): unknown {
    const detail = error instanceof KeyMismatchError ? error.message : 'the key ring could not be checked';
    this.states.set(scope, { ok: false, detail });
    this.logger.security('key ring refused', { scope, reason: detail });
    return error;
  }

  private async compare(ring: KeyRing, scope: string): Promise<void> {
    const known = await this.read(scope);
    const foreign = [...known.keys()].find((keyId) => !ring.keyIds.includes(keyId));
    if (foreign !== undefined) throw new KeyMismatchError(scope, foreign, 'lacks a key that the database knows');
    for (const keyId of ring.keyIds) {
      const sealed = known.get(keyId) ?? (await this.store(scope, keyId, ring.sealCheckValue(keyId)));
      try {
        ring.openCheckValue(keyId, sealed);
      } catch (error) {
        if (!(error instanceof DecryptError)) throw error;
        this.logger.error('decrypt failed', { table: 'KeyCheck', row: keyId, keyId });
        throw new KeyMismatchError(scope, keyId, "does not open the database's secrets");
      }
    }
    this.states.set(scope, { ok: true, detail: scope });
  }

  private async read(scope: string): Promise<Map<string, string>> {
    const rows = await this.database.query<{ key_id: string; sealed: string }>(
      `SELECT key_id, sealed FROM ${TABLE} WHERE scope = $1`,
      [scope],
    );
    return new Map(rows.map((row) => [row.key_id, row.sealed]));
  }

  /** The value that stands: of two processes that bring a new key at once, the first one's. */
  private async store(scope: string, keyId: string, sealed: string): Promise<string> {
    await this.database.execute(
      `INSERT INTO ${TABLE} (scope, key_id, sealed) VALUES ($1, $2, $3) ON CONFLICT (scope, key_id) DO NOTHING`,
      [scope, keyId, sealed],
    );
    return (await this.read(scope)).get(keyId) ?? sealed;
  }
}

/** The database is away, or migrate has not run yet. */
function isWaiting(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === '42P01' || code === '3F000' || isInfrastructureError(error);
}
