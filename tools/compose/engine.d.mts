export function parseRules(lines: readonly string[]): string[];
export function undoRules(before: readonly string[], now: readonly string[]): string[][];
