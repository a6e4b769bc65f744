import type { InvoiceWorld, RunningInvoice } from './invoice-service.fixture';

interface Documented {
  readonly summary?: string;
  readonly tags?: readonly string[];
}

/** What tests read of any answer; which of it an answer has is its route's business. */
export interface AnswerBody {
  readonly authorityStatus: string;
  readonly bearable: boolean;
  readonly after: object | null;
  readonly before: object | null;
  readonly claim: { readonly url: string };
  readonly code: string;
  readonly data: readonly AnswerBody[];
  readonly detail: string;
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[];
  readonly findings: readonly string[];
  readonly eventType: string;
  readonly id: string;
  readonly instance: string;
  readonly intact: boolean;
  readonly items: readonly object[];
  readonly merchantId: string;
  readonly invoiceRequestId: string;
  readonly issuanceStatus: string;
  readonly nextCursor: string | null;
  readonly notes: readonly string[];
  readonly outcome: string;
  readonly owner: string | null;
  readonly partitions: number;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>;
  readonly provider: string;
  readonly publicKey: string;
  readonly replayed: readonly string[];
  readonly requestId: string;
  readonly state: string;
  readonly total: number;
}

export interface RestAnswer<B = AnswerBody> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: B;
}

export type Rest = <B = AnswerBody>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<RestAnswer<B>>;

/** Calls of one person over real HTTP; without claims nobody is named. */
export async function restOf(
  world: InvoiceWorld,
  service: RunningInvoice,
  person?: { readonly role: string; readonly merchantIds: readonly string[] },
): Promise<Rest> {
  const authorization =
    person === undefined
      ? {}
      : {
          authorization: `Bearer ${await world.token({
            userId: `u${person.role.slice(0, 3)}${person.merchantIds[0] ?? ''}`,
            roles: [{ id: person.role, identifier: person.role, priority: Number(person.role.slice(0, 3)) }],
            merchantIds: person.merchantIds.join(','),
            organizerIds: 'org1',
          })}`,
        };
  return async <B = AnswerBody>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const raw = typeof body === 'string';
    const response = await fetch(`${service.url}${path.startsWith('/internal') ? '' : '/v1/api'}${path}`, {
      method,
      headers: {
        ...authorization,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (response.headers.get('content-type') ?? '').includes('json');
    const answered: unknown = json && text !== '' ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body: answered as B };
  };
}
