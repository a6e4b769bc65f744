export const ENV_FILE: string;
export function makeComposeSecrets(): Record<string, string>;
export function writeComposeSecrets(file?: string): string[];
