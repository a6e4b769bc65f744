import { issueToken } from '../identity/tokens';
import { roleOf } from '../identity/personas';
import type { Sandbox } from '../sandbox';
import { derivedId } from '../shared/ids';
import { pause } from '../shared/pause';

export type Members = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly url: string | undefined;
  readonly answered: boolean;
  readonly problem: string | undefined;
  readonly rows: readonly Members[];
}

const PAGE = 100;
const AT_ONCE = 8;

/** A token of an auditor who is an admin with these merchants; made anew for each question. */
function auditorToken(sandbox: Sandbox, merchantIds: readonly string[], n: number): string {
  const { keys, settings } = sandbox;
  const claims = {
    userId: derivedId(settings.seed, `user/auditor/${n}`),
    roles: [roleOf(settings.seed, '900_admin')],
    organizerIds: '',
    merchantIds: merchantIds.join(','),
  };
  return issueToken(keys, claims, { expiresInSeconds: 600, encryption: undefined }).token;
}

/** One GET; waits when the service asks for patience, a few times. */
async function get(sandbox: Sandbox, url: string, merchantId: string, token: string): Promise<Members> {
  for (let n = 0; ; n += 1) {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, 'x-merchant-id': merchantId, accept: 'application/json' },
      signal: AbortSignal.any([AbortSignal.timeout(10_000), sandbox.stop.signal]),
    });
    if (response.status === 429 && n < 5) {
      await pause(Math.min(Number(response.headers.get('retry-after') ?? '1'), 30) * 1_000, sandbox.stop.signal);
      continue;
    }
    if (!response.ok)
      throw new Error(
        `GET ${url} for merchant ${merchantId}: ${response.status} ${(await response.text()).slice(0, 300)}`,
      );
    return (await response.json()) as Members;
  }
}

async function pages(sandbox: Sandbox, base: string, merchantId: string, token: string): Promise<Members[]> {
  const rows: Members[] = [];
  let cursor: unknown;
  do {
    const query = new URLSearchParams({ limit: String(PAGE), ...(typeof cursor === 'string' ? { cursor } : {}) });
    const page = await get(sandbox, `${base}?${query}`, merchantId, token);
    if (!Array.isArray(page['data'])) throw new Error(`GET ${base} answered without data`);
    rows.push(...(page['data'] as Members[]));
    cursor = page['nextCursor'];
  } while (typeof cursor === 'string' && cursor !== '');
  return rows.map((row) => ({ ...row, merchantId: row['merchantId'] ?? merchantId }));
}

/** A list may leave out the attempts; then each transaction is asked for on its own. */
async function withAttempts(
  sandbox: Sandbox,
  base: string,
  rows: readonly Members[],
  token: string,
): Promise<Members[]> {
  const full: Members[] = [...rows];
  const lacking = rows.flatMap((row, index) => (Array.isArray(row['attempts']) ? [] : [index]));
  for (let from = 0; from < lacking.length; from += AT_ONCE) {
    await Promise.all(
      lacking.slice(from, from + AT_ONCE).map(async (index) => {
        const row = rows[index] ?? {};
        const merchantId = String(row['merchantId']);
        const detail = await get(sandbox, `${base}/${String(row['id'])}`, merchantId, token);
        const inner = (detail['data'] ?? detail['transaction'] ?? detail) as Members;
        full[index] = { ...inner, attempts: inner['attempts'] ?? detail['attempts'] ?? [], merchantId };
      }),
    );
  }
  return full;
}

let questions = 0;

async function ask(
  sandbox: Sandbox,
  base: string | undefined,
  path: string,
  merchantIds: readonly string[],
  complete: boolean,
): Promise<Asked> {
  if (base === undefined)
    return { url: undefined, answered: false, problem: 'its address is not known (PUT /settings)', rows: [] };
  const url = `${base.replace(/\/+$/, '').replace(/\/v1\/api(\/payment)?$/, '')}${path}`;
  questions += 1;
  const token = auditorToken(sandbox, merchantIds, questions);
  try {
    const rows: Members[] = [];
    for (const merchantId of merchantIds) {
      const listed = await pages(sandbox, url, merchantId, token);
      rows.push(...(complete ? await withAttempts(sandbox, url, listed, token) : listed));
    }
    return { url, answered: true, problem: undefined, rows };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
    return {
      url,
      answered: false,
      problem: error instanceof Error ? `${error.message}${cause}` : String(error),
      rows: [],
    };
  }
}

export function askPayment(sandbox: Sandbox, merchantIds: readonly string[]): Promise<Asked> {
  return ask(sandbox, sandbox.runtime.paymentUrl, '/v1/api/payment/transactions', merchantIds, true);
}

export function askInvoice(sandbox: Sandbox, merchantIds: readonly string[]): Promise<Asked> {
  return ask(sandbox, sandbox.runtime.invoiceUrl, '/v1/api/invoices', merchantIds, false);
}
