import type { InvoiceWorld, RunningInvoice } from './invoice-service.fixture';

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // The tests say what they expect of it.
  readonly body: any;
}

export type Rest = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<RestAnswer>;

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
  return async (method, path, body, headers = {}) => {
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
    return { status: response.status, headers: response.headers, body: json && text !== '' ? JSON.parse(text) : text };
  };
}
