export function parseVariables(text: string): Record<string, string>;
export function interpolate(text: string, env: Record<string, string | undefined>): string;
export function missingVariables(text: string, env: Record<string, string | undefined>): string[];
export function variableOf(text: string): string | null;
