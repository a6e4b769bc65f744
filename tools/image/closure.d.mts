export function closureOf(root: string, locked: Record<string, object>, names: readonly string[]): string[];
export function productive(locked: Record<string, object>, path: string): string;
