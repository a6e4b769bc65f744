import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../../../tools/demo/http.mjs';
import { PATIENCE_MS } from './patience';

/** What tells a caller that the same request may be repeated: nobody answered, it still runs, or not now. */
const PASSES: ReadonlySet<number> = new Set([409, 503, 504]);

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * What a sibling does whose request was not answered: repeats the same one, under the same key, until it is. Anything
 * but a passing refusal is an error: a 500, or a 409 that is not about a request that still runs.
 */
export async function insist<T>(
  api: Api,
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  let last = 'nothing';
  while (performance.now() < deadline) {
    const answer = await attempt(api, method, path, body, headers);
    if (answer !== undefined && answer.status >= 200 && answer.status < 300) return answer.body as T;
    last = answer === undefined ? 'no answer' : `${answer.status} ${JSON.stringify(answer.body).slice(0, 400)}`;
    if (answer !== undefined && !passes(answer)) throw new Error(`${method} ${path} answered ${last}`);
    await delay(200);
  }
  throw new Error(`${method} ${path} was not answered in ${PATIENCE_MS} ms; last: ${last}`);
}

const passes = ({ status, body }: Answer): boolean =>
  PASSES.has(status) &&
  (status !== 409 || (body as { readonly code?: string } | null)?.code === 'idempotency.in_progress');

async function attempt(
  api: Api,
  method: string,
  path: string,
  body: object | undefined,
  headers: Record<string, string> | undefined,
): Promise<Answer | undefined> {
  try {
    return await api.send<unknown>(method, path, body, headers);
  } catch {
    return undefined;
  }
}
