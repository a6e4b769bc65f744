/** Path of the library that shifts a process's wall clock, installed first where that is possible. */
export function ensureFaketime(log: (line: string) => void): Promise<string>;

/** Variables with which a process takes its wall clock from a file that holds an offset such as `+7200s`. */
export function faketimeEnvironment(library: string, handsFile: string): Record<string, string>;
