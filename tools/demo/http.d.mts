/* eslint-disable @typescript-eslint/no-explicit-any */
export interface Who {
  token?: string;
  merchantId?: string;
}

/** Bodies are what the wire brings: the callers know their shapes. */
export interface Answer<T = any> {
  status: number;
  headers: Headers;
  body: T;
}

export class Api {
  constructor(baseUrl: string, who?: Who);
  readonly baseUrl: string;
  readonly who: Who;
  send<T = any>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
  call<T = any>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T>;
  get<T = any>(path: string): Promise<T>;
  post<T = any>(path: string, body?: unknown, headers?: Record<string, string>): Promise<T>;
  all<T = any>(path: string): Promise<T[]>;
}

export class ApiError extends Error {
  readonly status: number;
  readonly body: any;
}

export class MissingStep extends Error {
  readonly what: string;
  readonly seen: unknown;
}

export function waitFor<T>(
  what: string,
  check: (note: (seen: unknown) => void) => T | Promise<T>,
  options?: { timeoutMs?: number; everyMs?: number },
): Promise<Exclude<T, false | null | undefined>>;
