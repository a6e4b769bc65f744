export function isPortFree(port: number): Promise<boolean>;
export function freePort(): Promise<number>;
export function freePorts(count: number): Promise<number[]>;
export function nextFreePort(
  preferred: number,
  options?: { taken?: Set<number>; usable?: (port: number) => Promise<boolean>; span?: number },
): Promise<number>;
