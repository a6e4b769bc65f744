export function packagesOf(folder: string): string[];
export function closureOf(root: string, locked: Record<string, object>, names: readonly string[]): string[];
