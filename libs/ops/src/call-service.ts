import { randomUUID } from 'node:crypto';
import { isLoopbackAddress } from '@nx/http';

/** How long a command waits for an answer; a provider that the service asks meanwhile has 10 s. */
const TIMEOUT_MS = 30_000;

/** Which service is meant, and as whom. */
export interface ServiceTarget {
  /** Its name as in its internal routes: `/internal/api/<name>/…`. */
  readonly name: string;
  /** Root of the container port, without a path: `http://127.0.0.1:31040`. */
  readonly url: string;
  /** Path before the routes of operators: `/v1/api/payment`. */
  readonly basePath: string;
  /** An operator's JWT. Without one only the machine itself is trusted, by its internal routes. */
  readonly token?: string | undefined;
  /** Says what would be sent and sends no change. */
  readonly dryRun?: boolean;
}

export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /**
   * Below the service's base path, `/operations/freezes`; its twin for the machine itself is
   * `/internal/api/<service>/operations/freezes`.
   */
  readonly path: string;
  /** Path of the twin where it is another one, from the root: `/internal/api/system/reload-api-keys`. */
  readonly internalPath?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
  /** The service itself knows dry runs and is told by the body: the request is sent all the same. */
  readonly knowsDryRun?: boolean;
  /** Of a change; a new one is made when it is left out. */
  readonly idempotencyKey?: string;
}

export interface ServiceAnswer {
  readonly status: number;
  /** The parsed JSON; null when there was none. */
  readonly body: unknown;
  /** Nothing was sent: this is what would have been. */
  readonly dryRun: boolean;
}

export type ServiceCaller = (request: ServiceRequest) => Promise<ServiceAnswer>;

/** The service understood and refused, so nothing changed: exit code 4. The message is one sentence for people. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(
    message: string,
    /** Status of the answer. */
    readonly status: number,
    /** Stable key of the catalogue, when the answer named one. */
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

/** The service could not be reached or could not do it; whether something changed is not known for a change. Exit code 3. */
export class ServiceFailedError extends Error {
  override readonly name = 'ServiceFailedError';
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const textIn = (body: unknown, name: string): string | undefined => {
  const value = isRecord(body) ? body[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** `/reason: is missing; /scope: is unknown`, of the members that a problem names. */
const fieldsIn = (body: unknown): string => {
  const errors = isRecord(body) ? body['errors'] : undefined;
  if (!Array.isArray(errors)) return '';
  return errors
    .map((entry) => `${textIn(entry, 'pointer') ?? ''}: ${textIn(entry, 'detail') ?? ''}`)
    .filter((text) => text !== ': ')
    .join('; ');
};

/**
 * One sentence of a problem document (RFC 9457): what is wrong, which members, the stable code, and the id under which
 * the service logged it.
 */
export const problemSentence = (status: number, body: unknown): string => {
  const detail = textIn(body, 'detail') ?? textIn(body, 'title') ?? 'The service gave no reason.';
  const fields = fieldsIn(body);
  const origin = [textIn(body, 'code'), String(status), textIn(body, 'requestId')].filter(Boolean).join(', ');
  return `${detail}${fields === '' ? '' : ` ${fields}`} (${origin})`;
};

const isLoopbackUrl = (url: URL): boolean =>
  url.hostname === 'localhost' || isLoopbackAddress(url.hostname.replace(/^\[|\]$/g, ''));

/** The address that a request goes to. Throws `RefusedError` when nobody would trust it there. */
const addressOf = (target: ServiceTarget, request: ServiceRequest): URL => {
  const root = new URL(target.url);
  const internal = target.token === undefined;
  if (internal && !isLoopbackUrl(root)) {
    throw new RefusedError(
      `${root.host} is another machine, which wants an operator's token: --token-file, or APP_ENV_OPERATOR_TOKEN.`,
      401,
      undefined,
    );
  }
  const path = internal
    ? (request.internalPath ?? `/internal/api/${target.name}${request.path}`)
    : (request.internalPath ?? `${target.basePath}${request.path}`);
  const address = new URL(path, root);
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) address.searchParams.set(name, value);
  }
  return address;
};

const parsed = (text: string): unknown => {
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
};

const send = async (address: URL, target: ServiceTarget, request: ServiceRequest): Promise<Response> => {
  const changes = request.method !== 'GET';
  const headers: Record<string, string> = {
    accept: 'application/json',
    ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(target.token === undefined ? {} : { authorization: `Bearer ${target.token}` }),
    ...(changes ? { 'idempotency-key': request.idempotencyKey ?? randomUUID() } : {}),
  };
  const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) };
  try {
    return await fetch(address, {
      method: request.method,
      headers,
      ...body,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message || cause.name : 'no answer';
    throw new ServiceFailedError(
      `${target.name} at ${address.origin} did not answer (${reason})` +
        (changes ? '; look whether it was done before you repeat it' : ''),
      { cause: error },
    );
  }
};

/**
 * Calls the REST of a running service: with a token the operators' route, without one the internal twin on the machine
 * itself. Changes carry an `Idempotency-Key`. Gives every 2xx. Throws `RefusedError` for a 4xx and `ServiceFailedError`
 * for a 5xx or none at all.
 */
export const callService = async (target: ServiceTarget, request: ServiceRequest): Promise<ServiceAnswer> => {
  const address = addressOf(target, request);
  if (target.dryRun === true && request.method !== 'GET' && request.knowsDryRun !== true) {
    const would = { method: request.method, url: address.href, body: request.body ?? null };
    return { status: 0, body: would, dryRun: true };
  }
  const response = await send(address, target, request);
  const body = parsed(await response.text());
  if (response.ok) return { status: response.status, body, dryRun: false };
  const sentence = problemSentence(response.status, body);
  if (response.status < 500) throw new RefusedError(sentence, response.status, textIn(body, 'code'));
  throw new ServiceFailedError(sentence);
};
