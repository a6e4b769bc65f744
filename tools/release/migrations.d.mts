export interface Migration {
  readonly path: string;
  readonly contracts: readonly string[];
  readonly oldest?: string | undefined;
}
export function contractions(sql: string): string[];
export function migrationsSince(commit: string): Migration[];
export function schemaVersion(paths: readonly string[]): string;
export function allMigrations(): string[];
