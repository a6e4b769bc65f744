export const SCRIPTS: readonly string[];
export function scriptText(name: string): string;
