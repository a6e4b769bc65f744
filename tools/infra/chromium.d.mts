/** The path of the browser's program, installed first where that is possible. */
export function ensureChromium(log: (line: string) => void): Promise<string>;
