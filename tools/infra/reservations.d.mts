export function reservePort(port: number): boolean;
export function releasePort(port: number): void;
export function reserveFreePort(options?: {
  taken?: Set<number>;
  usable?: (port: number) => Promise<boolean>;
}): Promise<number>;
