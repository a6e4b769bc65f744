import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 10_000;

/** Requests of a person or a sibling: JSON in, JSON out, with the bearer token and the active merchant. */
export class Api {
  /** @param {string} baseUrl @param {{token?: string, merchantId?: string}} [who] */
  constructor(baseUrl, who = {}) {
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.who = who;
  }

  /** The answer, whatever its status; throws only when there is none. */
  async send(method, path, body, headers = {}) {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        ...(this.who.token ? { authorization: `Bearer ${this.who.token}` } : {}),
        ...(this.who.merchantId ? { 'x-merchant-id': this.who.merchantId } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      redirect: 'manual',
      signal: AbortSignal.timeout(20_000),
    });
    return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
  }

  /**
   * The body of a 2xx; anything else is an error that carries status and problem. A 503 says that nothing was done and
   * that another try may help, so it gets some.
   */
  async call(method, path, body, headers) {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.send(method, path, body, headers);
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      if (answer.status !== 503 || performance.now() > deadline)
        throw new ApiError(method, `${this.baseUrl}${path}`, answer);
      await delay(250);
    }
  }

  get(path) {
    return this.call('GET', path);
  }

  post(path, body = {}, headers = undefined) {
    return this.call('POST', path, body, headers);
  }

  /** All rows of a list with a cursor. */
  async all(path) {
    const rows = [];
    let cursor = null;
    do {
      const query = cursor === null ? '' : `${path.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
      const page = await this.get(`${path}${query}`);
      rows.push(...page.data);
      cursor = page.nextCursor ?? null;
    } while (cursor !== null);
    return rows;
  }
}

/** A refusal: `status`, and `body` as the problem document. */
export class ApiError extends Error {
  constructor(method, url, { status, body }) {
    const said = typeof body === 'object' && body !== null ? JSON.stringify(body) : String(body);
    super(`${method} ${url} answered ${status}: ${said.slice(0, 600)}`);
    this.status = status;
    this.body = body;
  }
}

/** A condition that did not come true in time; `what` names it, `seen` is what was there instead. */
export class MissingStep extends Error {
  constructor(what, timeoutMs, seen) {
    super(`${what}: not there within ${timeoutMs} ms; seen: ${describe(seen)}`);
    this.what = what;
    this.seen = seen;
  }
}

/**
 * Looks until `check` gives a value: false, null and undefined mean "not yet". `check` gets a function that notes what
 * it saw, for the message of the failure.
 */
export async function waitFor(what, check, { timeoutMs = 20_000, everyMs = 40 } = {}) {
  const deadline = performance.now() + timeoutMs;
  let seen;
  for (;;) {
    try {
      const value = await check((now) => (seen = now));
      if (value !== false && value !== null && value !== undefined) return value;
    } catch (error) {
      seen = error;
    }
    if (performance.now() >= deadline) throw new MissingStep(what, timeoutMs, seen);
    await delay(everyMs);
  }
}

function parsed(text) {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return text;
  }
}

function describe(seen) {
  if (seen === undefined) return 'nothing';
  if (seen instanceof Error) return seen.message;
  return JSON.stringify(seen).slice(0, 1_000);
}
