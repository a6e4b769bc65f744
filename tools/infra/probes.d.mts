export function postgresReady(host: string, port: number, timeoutMs?: number): Promise<boolean>;
export function redisReady(host: string, port: number, timeoutMs?: number): Promise<boolean>;
export function kafkaReady(host: string, port: number, timeoutMs?: number): Promise<boolean>;
export function listens(host: string, port: number, timeoutMs?: number): Promise<boolean>;
export function waitUntil(
  what: string,
  ready: () => Promise<boolean> | boolean,
  options?: { timeoutMs?: number; everyMs?: number; gone?: () => string | null },
): Promise<void>;
