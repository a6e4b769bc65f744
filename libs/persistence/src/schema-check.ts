import type { Database } from './database';
import { mainSchema, migrationDirectories, readMigrations } from './migration-files';

/** −1, 0 or 1 for two releases of the form `1.2.3` (a suffix is ignored). */
export function compareReleases(left: string, right: string): number {
  const parts = (release: string): number[] => release.split(/[.+-]/).slice(0, 3).map(Number);
  const [a, b] = [parts(left), parts(right)];
  for (let index = 0; index < 3; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/**
 * Whether the database's schema accepts this release: all its own migrations are there, and no later one demands a
 * newer release. So old pods stay ready while a rollout goes on.
 */
export class SchemaCheck {
  private readonly own: ReadonlyMap<string, string>;

  constructor(
    private readonly database: Database,
    private readonly service: string,
    private readonly release: string,
  ) {
    const files = migrationDirectories(service).flatMap((source) => readMigrations(source, service));
    this.own = new Map(files.map((file) => [file.id, file.oldest]));
  }

  async check(): Promise<{ ok: boolean; detail?: string }> {
    const rows = await this.ledger();
    if (!rows) return { ok: false, detail: 'the schema has not been migrated' };
    const present = new Set(rows.map((row) => row.id));
    const missing = [...this.own.keys()].filter((id) => !present.has(id));
    if (missing.length > 0) {
      return { ok: false, detail: `${missing.length} migration(s) missing, the first is ${missing[0]}` };
    }
    const excluding = rows.find((row) => !this.own.has(row.id) && compareReleases(row.oldest, this.release) > 0);
    if (!excluding) return { ok: true };
    return {
      ok: false,
      detail: `migration ${excluding.id} needs release ${excluding.oldest}, this is ${this.release}`,
    };
  }

  private async ledger(): Promise<{ id: string; oldest: string }[] | undefined> {
    try {
      return await this.database.query<{ id: string; oldest: string }>(
        `SELECT id, oldest FROM ${mainSchema(this.service)}."SchemaMigration"
         UNION ALL SELECT id, oldest FROM platform."SchemaMigration"`,
      );
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      // Undefined table or schema: migrate has never run here.
      if (code === '42P01' || code === '3F000') return undefined;
      throw error;
    }
  }
}
