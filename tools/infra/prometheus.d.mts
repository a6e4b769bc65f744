/** The path of the program, taken out of Debian's package where the machine has none. */
export function ensurePrometheusTool(
  name: 'promtool' | 'prometheus' | 'amtool',
  log: (line: string) => void,
): Promise<string>;
