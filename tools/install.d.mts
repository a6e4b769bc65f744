export interface PackageRecord {
  packages: Record<string, { version?: string; optional?: boolean }>;
}

export function install(options?: { log?: (line: string) => void }): Promise<boolean>;
export function reasonToInstall(): string | null;
export function difference(lock: PackageRecord, installed: PackageRecord): string | null;
