export function reservePort(port: number): boolean;
export function releasePort(port: number): void;
